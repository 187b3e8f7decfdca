import Foundation
import Testing

@Suite struct CheckpointsCommandTests {
  @Test(arguments: [
    (["checkpoints", "compare", "x", "1", "soon"], 64), (["checkpoints", "prune", "x"], 64),
    (["checkpoints", "prune", "x", "--keep", "-1"], 64), (["checkpoints", "export", "x", "1"], 64),
    (["checkpoints", "list"], 64), (["report"], 64), (["checkpoints", "--help"], 0),
    (["checkpoints", "export", "--help"], 0), (["report", "--help"], 0),
  ])
  func usage(_ arguments: [String], _ status: Int) throws {
    #expect(try Int(Program.run(arguments).status) == status)
  }

  @Test(arguments: [
    ["checkpoints", "list"], ["checkpoints", "prune", "--keep", "1"], ["report"],
    ["report", "--text"],
  ])
  func aFolderWithoutARunIsSaidToBeOne(_ command: [String]) throws {
    let folder = try Folder()
    let outcome = try Program.run(command + [folder.path])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("this part of the run is missing"), "\(outcome.errors)")
    #expect(folder.files.isEmpty)
  }

  @Test func aDamagedCheckpointIsNamed() throws {
    let folder = try Folder(["checkpoint.rouse": Data("ROUSERUN and then nothing".utf8)])
    let outcome = try Program.run(["checkpoints", "list", folder.path])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("checkpoint.rouse, byte"), "\(outcome.errors)")
  }

  @Test func weightsToBeginWithMustBeThere() throws {
    let folder = try Folder(["corpus.yaml": Data("wake_word: x\nseed: 1\nsources: []\n".utf8)])
    let outcome = try Program.run([
      "train", "--corpus", "\(folder.path)/corpus.yaml", "--output", "\(folder.path)/run",
      "--from", "\(folder.path)/none.rouse",
    ])
    #expect(outcome.status == 1)
    #expect(!folder.files.contains { $0.hasPrefix("run") })
  }
}
