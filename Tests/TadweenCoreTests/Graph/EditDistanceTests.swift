import Testing

@testable import TadweenCore

@Suite("Edit distance") struct EditDistanceTests {
  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("same", "same", 0), ("transcibe", "transcribe", 1), ("lnik", "link", 1),
    ("kitten", "sitting", 3), ("abcdef", "ghijkl", 6), ("ca", "abc", 3), ("naïve", "naive", 1),
  ])
  func isTheSmallestNumberOfEdits(_ a: String, _ b: String, _ edits: Int) {
    #expect(editDistance(from: a, to: b) == edits)
    #expect(editDistance(from: b, to: a) == edits)
  }
}
