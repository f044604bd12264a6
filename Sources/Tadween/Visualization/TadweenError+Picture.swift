internal import TadweenCore

/// Why there is no picture.
///
/// The messages are made here and nowhere else, so that one place decides what a user reads.
extension TadweenError {
  /// The path's extension names no format.
  static func unknownFormat(_ path: String) -> TadweenError {
    let known = PictureFormat.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
    return TadweenError(
      .invalidArgument, "\"\(path)\" does not say what kind of picture to draw: let it end in one of \(known).")
  }

  /// Graphviz is not installed.
  static func toolMissing(_ format: PictureFormat) -> TadweenError {
    TadweenError(
      .toolMissing,
      "Graphviz's \"dot\" draws .\(format.rawValue) pictures and is not installed: "
        + "\"apt-get install graphviz\" or \"brew install graphviz\" installs it. A .dot or .mmd file needs no tool.")
  }

  /// Graphviz ran and did not draw.
  static func toolFailed(_ path: String, how: String, output: String) -> TadweenError {
    // Graphviz says one line an object; the first ones tell.
    let said = output.split(separator: "\n").prefix(10).joined(separator: "\n").prefix(2000)
    return TadweenError(
      .visualizationFailed,
      "Graphviz could not draw \"\(path)\": it \(how)" + (said.isEmpty ? " and said nothing." : ":\n\(said)"))
  }

  /// The file cannot be written where the path says.
  static func unwritable(_ path: String, reason: String) -> TadweenError {
    TadweenError(.visualizationFailed, "The picture \"\(path)\" cannot be written: \(reason).")
  }
}
