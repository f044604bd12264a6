import Foundation

/// A folder of a test's own, removed with it.
final class Folder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tadween-pictures-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(of name: String) -> String { "\(path)/\(name)" }
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  func text(of name: String) throws -> String { try String(contentsOfFile: path(of: name), encoding: .utf8) }
  func bytes(of name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(of: name)))) }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: path(of: name), atomically: false, encoding: .utf8)
  }

  /// A program that is called `dot` and is none.
  func writeFakeDot(_ script: String) throws {
    try write("#!/bin/sh\n\(script)\n", to: "dot")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path(of: "dot"))
  }
}

/// Whether the real `dot` is there; `Scripts/test` installs it.
let dotIsInstalled = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  .contains { FileManager.default.isExecutableFile(atPath: "\($0)/dot") }
