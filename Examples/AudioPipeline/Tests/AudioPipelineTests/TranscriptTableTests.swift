import Foundation
import Testing

@testable import AudioPipeline

@Suite struct TranscriptTableTests {
  let profile = Profile(of: Samples(Array(repeating: 3_277, count: 24_000)))

  func heard(_ name: String, _ words: [String], _ score: Score? = nil) throws -> RecordingResult {
    let recording = try Recording(name)
    return RecordingResult(
      recording: recording,
      outcome: .success(ScoredTranscript(recording: recording, words: words, profile: profile, score: score)))
  }

  func failed(_ name: String) throws -> RecordingResult {
    RecordingResult(
      recording: try Recording(name), outcome: .failure(StageFailure(stage: "download", reason: "HTTP 404 Not Found")))
  }

  func score(_ corpus: String, _ count: Int, _ words: Int) -> Score {
    Score(corpus: corpus, wordErrors: WordErrors(count: count, referenceWords: words))
  }

  @Test func rowsStandInTheHeadersColumns() throws {
    let table = TranscriptTable(names: ["cards/001.wav", "b.wav"])
    #expect(table.header == "recording       seconds  loudness   silence    errors  words")
    #expect(
      table.row(try heard("cards/001.wav", ["ten", "of"], score("cards", 1, 3)))
        == "cards/001.wav       1.5    -20 dB       0 %       1/3  ten of")
    #expect(
      table.row(try heard("b.wav", [])) == "b.wav               1.5    -20 dB       0 %         -  (no words heard)")
    #expect(
      table.row(try failed("b.wav"))
        == "b.wav                 -         -         -         -  FAILED in download: HTTP 404 Not Found")
  }

  @Test func aLongNameLosesItsMiddle() throws {
    let name = String(repeating: "a", count: 30) + String(repeating: "b", count: 30)
    let row = TranscriptTable(names: [name]).row(try failed(name))
    #expect(row.hasPrefix("aaaaaaaaaaaaaaaa…bbbbbbbbbbbbbbbbb  "))
  }

  @Test func theSummaryAddsUpEachCorpusByItself() throws {
    let report = Report(results: [
      try heard("1", [], score("librivox", 1, 4)), try heard("2", [], score("cards", 1, 1)),
      try heard("3", [], score("librivox", 1, 12)), try heard("4", []), try failed("5"),
    ])
    #expect(
      report.summary == """
        cards: word error rate 100.0 % (1 error in 1 word, 1 recording)
        librivox: word error rate 12.5 % (2 errors in 16 words, 2 recordings)
        4 transcribed, 1 failed
        """)
    let fifth = try Recording("5")
    #expect(report.failures == [fifth])
  }

  @Test func theJSONHoldsWhatIsKnown() throws {
    let report = Report(results: [try heard("1.wav", ["ten", "of"], score("cards", 1, 3)), try failed("2.wav")])
    #expect(
      String(decoding: try report.json(), as: UTF8.self) == """
        [
          {
            "profile" : {
              "loudness" : -20,
              "peak" : -20,
              "seconds" : 1.5,
              "silence" : 0
            },
            "recording" : "1.wav",
            "score" : {
              "corpus" : "cards",
              "errors" : 1,
              "referenceWords" : 3,
              "wordErrorRate" : 0.3333
            },
            "words" : "ten of"
          },
          {
            "failure" : {
              "reason" : "HTTP 404 Not Found",
              "stage" : "download"
            },
            "recording" : "2.wav"
          }
        ]

        """)
  }
}
