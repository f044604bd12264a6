/// How far a transcript is from what was said: the measure by which speech recognisers are compared.
///
/// Counted are the fewest words to be replaced, left out or put in that turn the one into the other. No spelling is
/// forgiven: "mr" for "mister" is an error, as it is to the recogniser's own scorer.
struct WordErrors: Codable, Equatable, Sendable {
  var count: Int
  var referenceWords: Int

  static let none = WordErrors(count: 0, referenceWords: 0)

  /// The word error rate; it passes 1 where more is wrong than was said, and has no value where nothing was said.
  var rate: Double? { referenceWords == 0 ? nil : Double(count) / Double(referenceWords) }

  init(count: Int, referenceWords: Int) { (self.count, self.referenceWords) = (count, referenceWords) }

  /// The edit distance between two lists of words.
  ///
  /// `distances[i]` holds the distance between the first *i* words heard and as much of the reference as has been
  /// read; each further word of the reference makes the next such row out of the last one.
  init(in heard: [String], against reference: [String]) {
    var distances = Array(0...heard.count)
    for (row, said) in reference.enumerated() {
      var next = [row + 1]
      for (column, word) in heard.enumerated() {
        let replaced = distances[column] + (word == said ? 0 : 1)
        let leftOut = distances[column + 1] + 1
        let putIn = next[column] + 1
        next.append(min(replaced, leftOut, putIn))
      }
      distances = next
    }
    self.init(count: distances[heard.count], referenceWords: reference.count)
  }

  static func + (one: WordErrors, other: WordErrors) -> WordErrors {
    WordErrors(count: one.count + other.count, referenceWords: one.referenceWords + other.referenceWords)
  }
}
