import Foundation
import Testing

/// A Markdown document whose Swift fences are, in order, one program.
struct Document: Sendable, CustomTestStringConvertible {
  let path: String

  var testDescription: String { path }

  /// The README and every article of the catalog, by their paths in the package.
  static let all: [Document] = {
    let catalog = "Sources/Tadween/Documentation.docc"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: package.appending(path: catalog).path())) ?? []
    let articles = names.filter { $0.hasSuffix(".md") }.sorted().map { Document(path: "\(catalog)/\($0)") }
    return [Document(path: "README.md")] + articles
  }()

  /// The package's root: this file's great-great-grandparent.
  static let package = URL(filePath: #filePath).deletingLastPathComponent()  // Documentation
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// What stands in the fences of a language, with every other line left empty, so that a diagnostic's line is the
  /// document's.
  func fences(_ language: String) throws -> (text: String, count: Int) {
    let text = try String(contentsOf: Self.package.appending(path: path), encoding: .utf8)
    var lines: [Substring] = []
    var count = 0
    var fence: Substring?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if fence == nil {
          fence = line.dropFirst(3)
          if fence == Substring(language) { count += 1 }
        } else {
          fence = nil
        }
        lines.append("")
      } else {
        lines.append(fence == Substring(language) ? line : "")
      }
    }
    return (lines.joined(separator: "\n"), count)
  }
}
