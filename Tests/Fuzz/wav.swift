import Glibc
import RouseAudio

/// A file without a name but with a path, since sound files are opened by path.
private let descriptor: Int32 = {
  var template = Array("/dev/shm/rouse-fuzz-XXXXXX".utf8CString)
  let descriptor = mkstemp(&template)
  unlink(template)
  return descriptor
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  precondition(descriptor >= 0 && ftruncate(descriptor, 0) == 0, "no file in memory")
  if let data, count > 0 {
    precondition(pwrite(descriptor, data, count, 0) == count, "the file in memory is full")
  }
  // Some codecs make hours of silence from a few bytes: 2 seconds show the rest.
  sink(try? AudioFile.read("/proc/self/fd/\(descriptor)", longestSeconds: 2))
  return 0
}
