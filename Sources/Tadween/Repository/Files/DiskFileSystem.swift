#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The file system of the machine.
struct DiskFileSystem: FileSystem {
  func makeFolder(_ path: String) throws {
    if unsafe mkdir(path, 0o777) != 0, errno != EEXIST { throw FileError("made", path) }
  }

  func write(_ data: Data, to path: String) throws {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if file < 0 { throw FileError("opened", path) }
    do {
      try Self.write(data, to: file, path)
      if fsync(file) != 0 { throw FileError("synced", path) }
    } catch {
      _ = close(file)
      throw error
    }
    // Some file systems say only here that they could not write.
    if close(file) != 0 { throw FileError("closed", path) }
  }

  private static func write(_ data: Data, to file: Int32, _ path: String) throws {
    try unsafe data.withUnsafeBytes { bytes in
      var rest = unsafe bytes[...]
      while unsafe !rest.isEmpty {
        #if canImport(Darwin)
          let count = unsafe Darwin.write(file, rest.baseAddress, rest.count)
        #elseif canImport(Glibc)
          let count = unsafe Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        #elseif canImport(Musl)
          let count = unsafe Musl.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        #endif
        if count < 0 {
          if errno == EINTR { continue }
          throw FileError("written", path)
        }
        unsafe rest = rest.dropFirst(count)
      }
    }
  }

  func rename(_ path: String, to other: String) throws {
    #if canImport(Darwin)
      let code = unsafe Darwin.rename(path, other)
    #elseif canImport(Glibc)
      let code = unsafe Glibc.rename(path, other)
    #elseif canImport(Musl)
      let code = unsafe Musl.rename(path, other)
    #endif
    if code != 0 { throw FileError("renamed", path) }
  }

  func syncFolder(_ path: String) throws {
    let folder = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if folder < 0, errno == ENOENT { return }
    if folder < 0 { throw FileError("opened", path) }
    defer { _ = close(folder) }
    if fsync(folder) != 0 { throw FileError("synced", path) }
  }

  func removeFile(_ path: String) throws {
    if unsafe unlink(path) != 0, errno != ENOENT { throw FileError("removed", path) }
  }

  func removeFolder(_ path: String) { _ = unsafe rmdir(path) }

  func read(_ path: String) throws -> Data? {
    do { return try Data(contentsOf: URL(filePath: path)) } catch let error as CocoaError
      where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile
    { return nil }
  }

  func names(in path: String) throws -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: path) } catch let error as CocoaError
      where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile
    { return [] }
  }
}

extension FileError {
  /// Of what the system has just said.
  init(_ operation: String, _ path: String) {
    let code = errno
    self.init(operation: operation, path: path, code: code, reason: unsafe String(cString: strerror(code)))
  }

  /// What to do about it.
  var remedy: String {
    switch code {
    case ENOSPC, EDQUOT: "The disk is full; nothing was stored."
    case EACCES, EPERM, EROFS: "It cannot be written to: see the rights of the folder."
    case ENOENT: "See whether the folder that it is in is there."
    case ENOTDIR, EISDIR: "Something else has that name."
    default: "Nothing was stored."
    }
  }
}
