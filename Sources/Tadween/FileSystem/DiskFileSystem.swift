#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The file system of the machine.
struct DiskFileSystem: FileSystem {
  func makeFolder(_ path: String) throws {
    if unsafe mkdir(path, 0o777) != 0, errno != EEXIST { throw FileError.refused("made", path) }
  }

  func makeFile(_ path: String) throws -> any NewFile {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if file < 0 { throw FileError.refused("opened", path) }
    return DiskFile(path, file)
  }

  func renameFile(_ path: String, to other: String) throws {
    if unsafe rename(path, other) != 0 { throw FileError.refused("renamed", path) }
  }

  func syncFolder(_ path: String) throws {
    let folder = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if folder < 0, errno == ENOENT { return }
    if folder < 0 { throw FileError.refused("opened", path) }
    defer { close(folder) }
    if fsync(folder) != 0 { throw FileError.refused("synced", path) }
  }

  func removeFile(_ path: String) throws {
    if unsafe unlink(path) != 0, errno != ENOENT { throw FileError.refused("removed", path) }
  }

  func removeFolder(_ path: String) { _ = unsafe rmdir(path) }

  func read(_ path: String) throws -> Data? {
    try found(path) { try Data(contentsOf: URL(filePath: path)) }
  }

  func openFile(_ path: String) throws -> (any OpenFile)? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if file < 0, errno == ENOENT { return nil }
    if file < 0 { throw FileError.refused("opened", path) }
    return DiskFile(path, file)
  }

  func names(in path: String) throws -> [String] {
    try found(path) { try FileManager.default.contentsOfDirectory(atPath: path) } ?? []
  }

  private func found<Result>(_ path: String, _ body: () throws -> Result) throws -> Result? {
    do { return try body() } catch {
      let code = (error as? CocoaError)?.code
      if code == .fileReadNoSuchFile || code == .fileNoSuchFile { return nil }
      let reason = code == .fileReadNoPermission ? "permission denied" : "\(error)"
      throw FileError(operation: "read", path: path, reason: reason)
    }
  }
}

extension FileError {
  /// What the system has just refused.
  static func refused(_ operation: String, _ path: String) -> FileError {
    FileError(operation: operation, path: path, reason: SystemFile.reason())
  }
}
