/// Lines at the bottom of a terminal that are replaced in place: what to write so that they are gone, or are others.
///
/// A pure value: it knows how many lines it has drawn, and gives back the characters to write.
struct LiveLines: Sendable {
  private var lines: [String] = []

  /// The other lines instead of those that stand there now.
  mutating func replace(with new: [String]) -> String {
    if new == lines { return "" }
    defer { lines = new }
    return erasing + new.joined(separator: "\r\n")
  }

  /// Takes the lines away, so that something else can be written where they stood; ``redraw`` brings them back.
  var erasing: String {
    switch lines.count {
    case 0: ""
    case 1: "\r\u{1B}[J"
    // Up to the first of them, then everything below goes.
    default: "\r\u{1B}[\(lines.count - 1)A\u{1B}[J"
    }
  }

  var redraw: String { lines.joined(separator: "\r\n") }
}
