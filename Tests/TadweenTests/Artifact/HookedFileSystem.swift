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

  func writeFile(_ data: Data, to path: String) throws {
    try hook("write")
    try base.writeFile(data, to: path)
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
