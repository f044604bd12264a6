import Testing

@testable import Tadween

@Suite("The text of a picture")
struct PictureTextTests {
  @Test("A line ends at a space, at a line end, after a sign, and inside a word only if it must")
  func breaks() {
    #expect(PictureText.lines("transcribe") == ["transcribe"])
    #expect(PictureText.lines("one two three", width: 8) == ["one two", "three"])
    #expect(PictureText.lines("one\ntwo\r\nthree\u{2028}four", limit: 9) == ["one", "two", "three", "four"])
    #expect(PictureText.lines("audio_file.wav", width: 8) == ["audio_", "file.wav"])
    #expect(PictureText.lines("abcdefghij", width: 4) == ["abcd", "efgh", "ij"])
  }

  @Test("What has no room ends in an ellipsis")
  func ellipsis() {
    #expect(PictureText.lines("a b c d e f", width: 3, limit: 2) == ["a b", "c…"])
    let long = PictureText.lines(String(repeating: "x", count: 100_000))
    #expect(long.count == 3)
    #expect(long.last == String(repeating: "x", count: 23) + "…")
    #expect(PictureText.line(String(repeating: "x", count: 500)).count == 400)
  }

  @Test("Wide characters take two columns, and a family stays together")
  func wide() {
    #expect(PictureText.lines("文字起こし", width: 4) == ["文字", "起こ", "し"])
    #expect(PictureText.lines("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", width: 3) == ["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"])
  }

  @Test("Characters that no file takes, or that reach beyond their text, do not get through")
  func controls() {
    #expect(PictureText.clean("a\u{0}b\u{1B}\tc") == "a\u{FFFD}b\u{FFFD} c")
    #expect(PictureText.clean("\u{202E}abc\u{2066}") == "abc")
    #expect(PictureText.lines(" \n ") == ["(blank)"])
  }
}
