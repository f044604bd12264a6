/// Makes any text fit to be drawn: no characters that break a file or a line, no line too long to read.
///
/// This knows no drawing language; escaping for one is its writer's work.
enum PictureText {
  /// The text in lines of about `width` columns, the last ending in `…` where the rest had to go.
  ///
  /// Breaks at spaces and line ends first, then after `_ - . / : ,`, and inside a word only where it has no such place.
  static func lines(_ text: String, width: Int = 24, limit: Int = 3) -> [String] {
    var lines: [String] = []
    var line = ""
    var columns = 0
    func close() {
      let trimmed = line.trimmingSpaces
      if !trimmed.isEmpty { lines.append(trimmed) }
      line = ""
      columns = 0
    }
    for paragraph in clean(text).split(separator: "\n") {
      for piece in pieces(paragraph) {
        // A space at the end of a line takes no room.
        let wide = piece.reduce(0) { $0 + columnsOf($1) } - (piece.last == " " ? 1 : 0)
        if columns > 0, columns + wide > width { close() }
        for character in piece {
          if character != " ", columns + columnsOf(character) > width { close() }
          line.append(character)
          columns += columnsOf(character)
        }
        // What cannot be shown need not be laid out: a name may be a book.
        if lines.count > limit { break }
      }
      close()
      if lines.count > limit { break }
    }
    if lines.isEmpty { return ["(blank)"] }
    guard lines.count > limit else { return lines }
    lines.removeLast(lines.count - limit)
    while lines[limit - 1].reduce(0, { $0 + columnsOf($1) }) > width - 1 { lines[limit - 1].removeLast() }
    lines[limit - 1] = lines[limit - 1].trimmingSpaces + "…"
    return lines
  }

  /// Phrases below each other, with what runs over set in.
  static func details(_ phrases: [String]) -> [String] {
    phrases.flatMap { phrase in
      lines(phrase, width: 36, limit: 2).enumerated().map { $0 == 0 ? $1 : "\u{A0}\u{A0}\($1)" }
    }
  }

  /// The text on one line, for titles and tooltips, which have room.
  static func line(_ text: String, limit: Int = 400) -> String {
    let flat = String(clean(text).map { $0 == "\n" ? " " : $0 })
    return flat.count > limit ? flat.prefix(limit - 1) + "…" : flat
  }

  /// Without what no file format takes: controls become `�`, every kind of line end becomes `\n`.
  ///
  /// Marks that override the direction of writing go, as they would reach over into the text around them; letters that
  /// are written from right to left need none.
  static func clean(_ text: String) -> String {
    var cleaned = String.UnicodeScalarView()
    var last: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      defer { last = scalar }
      switch scalar.value {
      case 0x0A where last == "\r": break
      case 0x0A...0x0D, 0x85, 0x2028, 0x2029: cleaned.append("\n")
      case 0x09: cleaned.append(" ")
      case 0x00...0x1F, 0x7F...0x9F, 0xFFFE, 0xFFFF: cleaned.append("\u{FFFD}")
      case 0x202A...0x202E, 0x2066...0x2069: break
      default: cleaned.append(scalar)
      }
    }
    return String(cleaned)
  }

  /// The parts between which a line may end.
  private static func pieces(_ text: Substring) -> [Substring] {
    var pieces: [Substring] = []
    var start = text.startIndex
    for index in text.indices where " _-./:,".contains(text[index]) {
      let end = text.index(after: index)
      pieces.append(text[start..<end])
      start = end
    }
    if start < text.endIndex { pieces.append(text[start...]) }
    return pieces
  }

  /// East Asian characters and emoji take about two columns. A rough rule: it decides where a line breaks, no more.
  private static func columnsOf(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first?.value else { return 0 }
    return first >= 0x2E80 && !(0xFB00...0xFEFF).contains(first) ? 2 : 1
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    guard let first = firstIndex(where: { $0 != " " }), let last = lastIndex(where: { $0 != " " }) else { return "" }
    return String(self[first...last])
  }
}
