import Testing

/// A line that must not compile, and its twin that differs in what is wrong and nothing else.
struct WrongLine: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Compiles.
  let right: String
  /// Does not.
  let wrong: String
  /// What the compiler has to say of it; not merely anything.
  let diagnostic: String

  init(_ name: String, right: String, wrong: String, says diagnostic: String) {
    (testDescription, self.right, self.wrong, self.diagnostic) = (name, right, wrong, diagnostic)
  }
}

/// Programs of many lines, each in a function of its own, so that one call of the compiler judges them all.
enum WrongLinePrograms {
  /// What the compiler says of all right lines; empty where they compile.
  static let ofRightLines = Task { try await SwiftCompiler.diagnostics(of: program(of: WrongLine.all.map(\.right))) }

  /// What the compiler says of each wrong line, by the line's name.
  static let ofWrongLines = Task {
    let diagnostics = try await SwiftCompiler.diagnostics(
      of: program(of: WrongLine.all.map(\.wrong)), ["-diagnostic-style", "llvm"])
    return byName(diagnostics)
  }

  /// The stages are only ever declared: nothing here runs.
  private static let stages = """
    import Tadween

    struct Book: Sendable { let title: String, chapters: [String] }
    final class Model: Handler {
      var uses = 0
      func run(_ text: String, context: HandlerContext) async throws -> String { text }
    }
    extension MetadataKey { static let tenant = MetadataKey("tenant") }

    struct Stages: Sendable {
      let workflow: Workflow
      let textToText: StageReference<String, String>
      let textToCount: StageReference<String, Int>
      let textToBook: StageReference<String, Book>
      let textToTexts: StageReference<String, [String]>
      let countToCount: StageReference<Int, Int>
      let otherCount: StageReference<Int, Int>
      let failureToText: StageReference<Failure, String>
      let textsToText: StageReference<[String], String>
    }

    """

  private static func program(of lines: [String]) -> String {
    let functions = lines.enumerated().map { position, line in
      """
      extension Stages {
        func function\(position)() async throws {
      #sourceLocation(file: "line\(position).swift", line: 1)
      \(line)
      #sourceLocation()
        }
      }
      """
    }
    return stages + functions.joined(separator: "\n")
  }

  /// An error's notes belong to it, wherever they point.
  private static func byName(_ diagnostics: String) -> [String: String] {
    var found: [String: String] = [:]
    var current = "none of the lines"
    for line in diagnostics.split(separator: "\n") {
      if line.contains(": error: ") { current = name(in: line) ?? "none of the lines" }
      found[current, default: ""] += line + "\n"
    }
    return found
  }

  private static func name(in line: Substring) -> String? {
    guard line.hasPrefix("line"), let position = Int(line.dropFirst(4).prefix { $0.isNumber }) else { return nil }
    return WrongLine.all[position].testDescription
  }
}
