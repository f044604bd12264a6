/// A text of which some parts may read in several ways: each part lists the readings that the rules permit.
struct Pattern: Sendable, Hashable, CustomStringConvertible {
  private(set) var parts: [[String]]

  init(_ readings: [String]) { parts = [readings] }
  init(_ text: String) { parts = [[text]] }

  static func + (a: Pattern, b: Pattern) -> Pattern {
    var sum = a
    sum.parts += b.parts
    return sum
  }

  /// `(a, b)` for parentheses as brackets.
  static func list(_ items: [Pattern], open: String, close: String) -> Pattern {
    var text = Pattern(open)
    for (index, item) in items.enumerated() {
      if index > 0 { text = text + Pattern(", ") }
      text = text + item
    }
    return text + Pattern(close)
  }

  /// The reading made of each part's first.
  var first: String { parts.map { $0.first ?? "" }.joined() }

  func matches(_ text: String) -> Bool { Self.match(text[...], parts[...]) }

  private static func match(_ text: Substring, _ parts: ArraySlice<[String]>) -> Bool {
    guard let readings = parts.first else { return text.isEmpty }
    return readings.contains { text.hasPrefix($0) && match(text.dropFirst($0.count), parts.dropFirst()) }
  }

  /// `s1(failed(s2)|failed(s3))`
  var description: String { parts.map { $0.joined(separator: "|") }.joined() }
}
