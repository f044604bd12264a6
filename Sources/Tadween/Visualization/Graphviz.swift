import Subprocess
internal import TadweenCore

/// Graphviz's `dot`, which lays pictures out.
package struct Graphviz: Sendable {
  /// Where to look for `dot`, as in `PATH`; nil: where the process itself would look.
  package var searchPath: String?

  package init(searchPath: String? = nil) { self.searchPath = searchPath }

  /// Draws DOT text into a file.
  ///
  /// The text goes by a file and not through a pipe: `dot` may end at any moment, and writing to a pipe that nobody
  /// reads any more raises SIGPIPE, which ends this process, too.
  ///
  /// - Throws: ``TadweenError``; `CancellationError` where the task was cancelled, with `dot` ended.
  func draw(_ dot: String, as format: PictureFormat, into file: borrowing ReplacedFile) async throws {
    // Never committed, so it goes at the end, whatever the end is.
    let source = try ReplacedFile(path: file.path)
    try source.fill(with: dot)

    var arguments = ["-T\(format.rawValue)", "-o\(Self.safe(file.temporaryPath))", Self.safe(source.temporaryPath)]
    // Sharp on today's screens; the other formats have no dots.
    if format == .png { arguments.insert("-Gdpi=144", at: 0) }
    let result: ExecutionResult<Void, DiscardedOutput, StringOutput<UTF8>>
    do {
      result = try await Subprocess.run(
        .name("dot"), arguments: Arguments(arguments),
        environment: searchPath.map { Environment.inherit.updating(["PATH": $0]) } ?? .inherit,
        output: .discarded, error: .string(limit: 1 << 20))
    } catch let error as SubprocessError {
      try Task.checkCancellation()
      switch error.code {
      case .executableNotFound: throw TadweenError.toolMissing(format)
      case .outputLimitExceeded:
        throw TadweenError.toolFailed(file.path, how: "wrote more than a megabyte of complaints", output: "")
      default: throw TadweenError.toolFailed(file.path, how: "could not be run", output: error.description)
      }
    }
    // A `dot` that was ended for a cancellation looks like one that failed.
    try Task.checkCancellation()
    switch result.terminationStatus {
    case .exited(0) where file.size > 0: break
    case .exited(0): throw TadweenError.toolFailed(file.path, how: "drew nothing", output: result.standardError)
    case .exited(let code):
      throw TadweenError.toolFailed(file.path, how: "ended with code \(code)", output: result.standardError)
    case .signaled(let signal):
      throw TadweenError.toolFailed(file.path, how: "was ended by signal \(signal)", output: result.standardError)
    }
  }

  /// A path that cannot be taken for an option.
  private static func safe(_ path: String) -> String { path.hasPrefix("/") ? path : "./\(path)" }
}
