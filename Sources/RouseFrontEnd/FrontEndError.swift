import RouseNumerics

/// What can be wrong with a store of features.
public enum FrontEndError: Error, Hashable, Sendable {
  /// The system refused; say what could not be done to which file and why.
  case file(FileError)
  /// Another kind of file.
  case notAFeatureStore(path: String)
  /// Written by another version of this program: compute the features again.
  case unsupportedStoreVersion(path: String, found: UInt32, supported: UInt32)
  /// Rows of another width than this front-end's: compute the features again.
  case wrongChannels(path: String, found: UInt32, expected: UInt32)
  /// The file is shorter or longer than its header says, usually a copy that was cut off: compute the features again.
  case wrongStoreSize(path: String, foundBytes: Int, expectedBytes: Int)
  /// A part of the file is not what was written: the disk or a copy is faulty. `offset` and `count` are the bytes that the
  /// failed checksum covers.
  case corruptStore(path: String, part: FeatureStorePart, offset: Int, count: Int)
  /// The clip table is intact by its checksum but not well formed at `offset`: a fault of the program that wrote it.
  case malformedTable(path: String, offset: Int)
}

/// The parts of a feature store with a checksum each.
public enum FeatureStorePart: String, Hashable, Sendable {
  case header
  case rows
  case table
}
