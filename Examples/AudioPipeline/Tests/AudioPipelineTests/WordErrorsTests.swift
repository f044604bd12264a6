import Testing

@testable import AudioPipeline

@Suite struct WordErrorsTests {
  @Test(arguments: [
    ("ten of clubs", "ten of clubs", 0),
    ("ten of clubs", "ten for clubs", 1),
    ("ten of clubs", "ten clubs", 1),
    ("ten of clubs", "the ten of clubs", 1),
    ("ten of clubs", "", 3),
    ("", "ten of clubs", 3),
    ("a b c d", "b c d e", 2),
    ("he was not an ill disposed young man", "he was not until this blows young man", 3),
  ])
  func errorsAreTheFewestEdits(reference: String, heard: String, count: Int) {
    let (reference, heard) = (words(reference), words(heard))
    #expect(WordErrors(in: heard, against: reference) == WordErrors(count: count, referenceWords: reference.count))
  }

  @Test func ratesAddUpByWords() {
    let total = WordErrors(count: 1, referenceWords: 2) + WordErrors(count: 0, referenceWords: 6)
    #expect(total.rate == 0.125)
    #expect(WordErrors.none.rate == nil)
  }

  private func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}
