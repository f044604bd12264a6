#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a repository in files asks of a file system, step by step, so that a test can lose power after any of them.
///
/// What is written is certain to be on the disk once its file was synced, and what is made, renamed or removed in a folder
/// once the folder was.
protocol FileSystem: Sendable {
  /// Makes a folder; nothing where there is one.
  func makeFolder(_ path: String) throws
  /// Makes a file, or empties it, to be filled piece by piece.
  func makeFile(_ path: String) throws -> any NewFile
  /// Takes the place of whatever is there, at once.
  func renameFile(_ path: String, to other: String) throws
  /// Nothing where there is none.
  func syncFolder(_ path: String) throws
  /// Nothing where there is none.
  func removeFile(_ path: String) throws
  /// Nothing where there is none, or something is in it.
  func removeFolder(_ path: String)
  /// Nil where there is none.
  func read(_ path: String) throws -> Data?
  /// Opens a file, whose bytes stay what they are whatever becomes of its name; nil where there is none.
  func openFile(_ path: String) throws -> (any OpenFile)?
  /// The names in a folder; none where there is no folder.
  func names(in path: String) throws -> [String]
}

/// A file that is being filled. It is closed when it is let go.
protocol NewFile: Sendable {
  func append(_ data: Data) throws
  /// Syncs and closes it; the last call.
  func finish() throws
}

/// A file that is read by place. It is closed when it is let go.
protocol OpenFile: Sendable {
  /// The bytes from a place on; fewer than asked for at the end, and none after it.
  func read(from offset: Int, atMost count: Int) throws -> Data
}

extension FileSystem {
  /// Makes a file, or empties it, writes this and syncs it.
  func writeFile(_ data: Data, to path: String) throws {
    let file = try makeFile(path)
    try file.append(data)
    try file.finish()
  }
}

/// What the system said of a file.
struct FileError: Error, CustomStringConvertible {
  /// What could not be done, as a participle.
  let operation: String
  let path: String
  let reason: String

  var description: String { "\"\(path)\" could not be \(operation): \(reason)" }
}
