import Foundation

/// What was really said in one recording.
struct Reference: Equatable, Sendable {
  var corpus: String
  var words: [String]
}

/// A file of references, in the form that speech corpora come in: a line a recording, its words first, then its name
/// in brackets. `<s>` and `</s>`, which mark a sentence's ends, are no words.
///
/// ```
/// <s> ten of clubs </s> (001)
/// go forward ten meters (goforward)
/// ```
struct Transcription: Sendable {
  /// What a total over its recordings is called.
  var corpus: String
  var file: URL

  /// The references by the names of their recordings.
  func read() throws -> [String: Reference] {
    try parse(String(contentsOf: file, encoding: .utf8))
  }

  func parse(_ text: String) throws -> [String: Reference] {
    var references: [String: Reference] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard let last = fields.last else { continue }
      guard last.count > 2, last.hasPrefix("("), last.hasSuffix(")") else {
        throw TranscriptionError(file: file.lastPathComponent, line: index + 1)
      }
      let words = fields.dropLast().filter { $0 != "<s>" && $0 != "</s>" }.compactMap(word)
      references[String(last.dropFirst().dropLast())] = Reference(corpus: corpus, words: words)
    }
    return references
  }

  /// A word as the recogniser would write it: in lower case, without the punctuation around it.
  private func word(_ text: Substring) -> String? {
    let word = text.lowercased().trimmingCharacters(in: .punctuationCharacters)
    return word.isEmpty ? nil : word
  }
}

/// A line that is no reference.
struct TranscriptionError: Error, CustomStringConvertible {
  var file: String
  var line: Int
  var description: String { "\(file), line \(line): expected words, then a recording's name in brackets" }
}
