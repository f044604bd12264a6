import Foundation
import Testing

@testable import AudioPipeline

@Suite struct TranscriptionTests {
  let transcription = Transcription(corpus: "cards", file: URL(filePath: "cards.txt"))

  @Test func aLineIsWordsAndARecordingsName() throws {
    let references = try transcription.parse("<s> ten of clubs  </s> (001)\r\n\n\"Don't go,\" she said - twice (b.2)\n")
    #expect(
      references == [
        "001": Reference(corpus: "cards", words: ["ten", "of", "clubs"]),
        "b.2": Reference(corpus: "cards", words: ["don't", "go", "she", "said", "twice"]),
      ])
  }

  @Test(arguments: ["ten of clubs", "ten of clubs ()", "ten of (001) clubs"])
  func aLineThatIsNoneIsNamed(line: String) {
    #expect(
      sentence { _ = try transcription.parse("two (002)\n\(line)") }
        == "cards.txt, line 2: expected words, then a recording's name in brackets")
  }

  @Test(arguments: [
    ("cards/001.wav", "001"), ("/a/dhd.2934z.raw", "dhd.2934z"), ("https://example.com/a/b%20c.wav?x=1", "b c"),
  ])
  func aRecordingIsKnownByItsFilesName(argument: String, identifier: String) throws {
    #expect(try Recording(argument).identifier == identifier)
  }

  @Test func onlyWhatLooksLikeAURLIsOne() throws {
    #expect(try Recording("http://example.com/a.wav").location.scheme == "http")
    #expect(try Recording("take:2.wav").location.isFileURL)
    #expect(try Recording("file:///tmp/a.wav").location.path == "/tmp/a.wav")
  }
}
