import Glibc
import Synchronization

/// Runs a program with an argument vector: no shell reads the arguments.
enum Subprocess {
  /// Kept of each of the two outputs; the rest is read and dropped.
  private static let captureLimit = 1 << 20

  /// Where programs, libraries and voices are found. Locale and time zone are left out on purpose.
  private static let variables = ["PATH", "HOME", "LD_LIBRARY_PATH", "ESPEAK_DATA_PATH"]

  /// Runs `program` (found through `PATH`) to its end and returns what it printed.
  ///
  /// Its input is empty; of the environment it gets only `variables`.
  ///
  /// - Throws: `.missingProgram`; `.programFailed` for a status that is not in `statuses` or a signal (128 and its number), with what it
  ///   wrote to standard error; `.programTimedOut`, after killing it.
  static func run(
    _ program: String, _ arguments: [String], accepting statuses: Set<Int> = [0],
    secondsAllowed: Double = 30
  ) throws(AudioError) -> String {
    func failure(_ status: Int, _ message: String) -> AudioError {
      .programFailed(name: program, arguments: arguments, status: status, message: message)
    }
    let words = [program] + arguments
    let started = starting.withLock { _ in Started(words, environment: environment()) }
    guard started.code == 0 else {
      if started.code == ENOENT { throw .missingProgram(name: program) }
      throw failure(Int(started.code), String(cString: strerror(started.code)))
    }
    let process = started.process
    let output = Capture(started.output)
    let errors = Capture(started.errors)
    let deadline = now() + secondsAllowed
    collect([output, errors], until: deadline)
    guard let status = wait(for: process, until: deadline) else {
      throw .programTimedOut(name: program, arguments: arguments, seconds: secondsAllowed)
    }
    guard statuses.contains(status) else { throw failure(status, errors.text) }
    return output.text
  }

  /// A program must not inherit the pipes of one that another thread starts, or neither would see its end.
  private static let starting = Mutex(())

  /// A running program and the ends of its outputs that are ours to read; `code` is an `errno` when there is none.
  private struct Started: Sendable {
    var process: pid_t = 0
    var output: Int32 = -1
    var errors: Int32 = -1
    var code: Int32 = 0

    init(_ words: [String], environment: [String]) {
      var ends: [Int32] = [-1, -1, -1, -1]
      for first in [0, 2] {
        var pair: [Int32] = [-1, -1]
        if pipe(&pair) != 0 { code = errno }
        ends.replaceSubrange(first..<first + 2, with: pair)
      }
      for end in ends where end >= 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      if code == 0 { code = spawn(words, environment, output: ends[1], errors: ends[3]) }
      for end in [ends[1], ends[3]] where end >= 0 { close(end) }
      if code == 0 {
        output = ends[0]
        errors = ends[2]
      } else {
        for end in [ends[0], ends[2]] where end >= 0 { close(end) }
      }
    }

    private mutating func spawn(
      _ words: [String], _ environment: [String], output: Int32, errors: Int32
    ) -> Int32 {
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_adddup2(&actions, output, 1)
      posix_spawn_file_actions_adddup2(&actions, errors, 2)
      // Null-terminated lists of C strings, valid for the call alone.
      var arguments = words.map { strdup($0) } + [nil]
      var settings = environment.map { strdup($0) } + [nil]
      defer { for string in arguments + settings { free(string) } }
      return posix_spawnp(&process, words[0], &actions, nil, &arguments, &settings)
    }
  }

  private static func environment() -> [String] {
    variables.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
  }

  /// What a program wrote to one of its outputs. Closes the descriptor.
  private final class Capture {
    let descriptor: Int32
    var bytes: [UInt8] = []
    var isOpen = true

    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  /// Reads all outputs to their ends.
  private static func collect(_ captures: [Capture], until deadline: Double) {
    var block = [UInt8](repeating: 0, count: 4096)
    while captures.contains(where: \.isOpen) {
      let open = captures.filter(\.isOpen)
      let remaining = deadline - now()
      guard remaining > 0 else { return }
      var waiting = open.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
      // Rounded up: a wait of 0 would spin.
      guard poll(&waiting, nfds_t(waiting.count), Int32(remaining * 1000) + 1) > 0 else { continue }
      for (capture, ready) in zip(open, waiting) where ready.revents != 0 {
        let count = read(capture.descriptor, &block, block.count)
        if count > 0 {
          capture.bytes += block[..<min(count, captureLimit - capture.bytes.count)]
        } else if count == 0 || errno != EINTR {
          capture.isOpen = false
        }
      }
    }
  }

  /// The exit status; nil when the program had to be killed.
  private static func wait(for process: pid_t, until deadline: Double) -> Int? {
    var status: Int32 = 0
    // The outputs are closed, so the program is about to end.
    while true {
      let result = waitpid(process, &status, WNOHANG)
      if result == process { break }
      if result < 0 && errno != EINTR { return Int(errno) }
      if now() > deadline {
        kill(process, SIGKILL)
        waitpid(process, &status, 0)
        return nil
      }
      usleep(500)
    }
    // As a shell reports it. The low seven bits are the signal, the next byte the status.
    let signal = status & 0x7F
    return signal == 0 ? Int((status >> 8) & 0xFF) : 128 + Int(signal)
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
