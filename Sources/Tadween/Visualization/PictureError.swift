/// Why there is no picture.
///
/// The messages are made here and nowhere else, so that one place decides what a user reads.
package struct PictureError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The path's extension names no format.
    case unknownFormat
    /// Graphviz is not installed.
    case toolMissing
    /// Graphviz ran and did not draw.
    case toolFailed
    /// The file cannot be written where the path says.
    case unwritable
  }

  package let code: Code
  package let message: String

  package var description: String { message }

  static func unknownFormat(_ path: String) -> PictureError {
    let known = PictureFormat.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
    return PictureError(
      code: .unknownFormat,
      message: "\"\(path)\" does not say what kind of picture to draw: let it end in one of \(known).")
  }

  static func toolMissing(_ format: PictureFormat) -> PictureError {
    PictureError(
      code: .toolMissing,
      message: "Graphviz's \"dot\" draws .\(format.rawValue) pictures and is not installed: "
        + "\"apt-get install graphviz\" or \"brew install graphviz\" installs it. A .dot or .mmd file needs no tool.")
  }

  static func toolFailed(_ path: String, how: String, output: String) -> PictureError {
    // Graphviz says one line an object; the first ones tell.
    let said = output.split(separator: "\n").prefix(10).joined(separator: "\n").prefix(2000)
    return PictureError(
      code: .toolFailed,
      message: "Graphviz could not draw \"\(path)\": it \(how)" + (said.isEmpty ? " and said nothing." : ":\n\(said)"))
  }

  static func unwritable(_ path: String, reason: String) -> PictureError {
    PictureError(code: .unwritable, message: "The picture \"\(path)\" cannot be written: \(reason).")
  }
}
