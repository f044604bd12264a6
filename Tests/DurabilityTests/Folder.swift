import Foundation

/// A folder of a test's own, which goes with it.
final class Folder: Sendable {
  let url = FileManager.default.temporaryDirectory.appending(path: "tadween-\(UUID())")
  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }
  func path(_ name: String) -> String { url.appending(path: name).path }
}
