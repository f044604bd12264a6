import Foundation

@testable import Tadween

/// The machine's file system, and a test that is asked before each step.
struct HookedFileSystem: FileSystem {
  private let base = DiskFileSystem()
  let hook: @Sendable (_ operation: String) throws -> Void

  func makeFolder(_ path: String) throws {
    try hook("make")
    try base.makeFolder(path)
  }

  func makeFile(_ path: String) throws -> any NewFile {
    try hook("create")
    return File(base: try base.makeFile(path), hook: hook)
  }

  struct File: NewFile {
    let base: any NewFile
    let hook: @Sendable (_ operation: String) throws -> Void

    func append(_ data: Data) throws {
      try hook("write")
      try base.append(data)
    }

    func finish() throws {
      try hook("finish")
      try base.finish()
    }
  }

  func openFile(_ path: String) throws -> (any OpenFile)? {
    try hook("open")
    return try base.openFile(path).map { OpenedFile(base: $0, hook: hook) }
  }

  final class OpenedFile: OpenFile {
    let base: any OpenFile
    let hook: @Sendable (_ operation: String) throws -> Void

    init(base: any OpenFile, hook: @escaping @Sendable (_ operation: String) throws -> Void) {
      (self.base, self.hook) = (base, hook)
    }

    deinit { try? hook("close") }

    func read(from offset: Int, atMost count: Int) throws -> Data {
      try hook("read")
      return try base.read(from: offset, atMost: count)
    }
  }

  func renameFile(_ path: String, to other: String) throws {
    try hook("rename")
    try base.renameFile(path, to: other)
  }

  func syncFolder(_ path: String) throws {
    try hook("sync")
    try base.syncFolder(path)
  }

  func removeFile(_ path: String) throws {
    try hook("remove")
    try base.removeFile(path)
  }

  func removeFolder(_ path: String) { base.removeFolder(path) }

  func read(_ path: String) throws -> Data? {
    try hook("read")
    return try base.read(path)
  }

  func names(in path: String) throws -> [String] {
    try hook("list")
    return try base.names(in: path)
  }
}
