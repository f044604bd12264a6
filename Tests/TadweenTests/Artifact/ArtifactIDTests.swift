import Testing

@testable import Tadween

@Suite struct ArtifactIDTests {
  @Test(arguments: ["a", "../x", "a/b", "CON", "Ünïcødé", "👩🏽‍🚀", " ", String(repeating: "é", count: 256)])
  func anyTextIsAnID(_ text: String) throws { #expect(try ArtifactID(text).text == text) }

  @Test(arguments: [
    ("", "is empty"), (String(repeating: "x", count: 10_000), "has 10000 bytes, and may have 512"),
    ("a\0b", "\"ab\" has the control character U+0000"), ("a\nb", "U+000A"), ("a\u{7F}", "U+007F"),
    ("a\u{85}", "U+0085"),
  ])
  func whatIsNoneSaysWhy(_ text: String, _ words: String) throws {
    let error = try #require(throws: TadweenError.self) { try ArtifactID(text) }
    #expect(error.code == .invalidArgument && error.message.contains(words), "\(error)")
  }

  /// No file system and no database holds these the same.
  @Test func idsAreTheSameWhereTheirBytesAre() {
    let (composed, decomposed): (ArtifactID, ArtifactID) = ("\u{E9}", "e\u{301}")
    #expect(composed.text == decomposed.text && composed != decomposed)
    #expect(Set([composed, decomposed, composed]).count == 2)
    #expect(decomposed < composed && !(composed < composed))
    #expect(("a" as ArtifactID) != "A")
  }
}
