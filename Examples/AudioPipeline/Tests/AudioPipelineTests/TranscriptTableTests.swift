import Foundation
import Testing

@testable import AudioPipeline

@Suite struct TranscriptTableTests {
  let profile = Profile(of: Samples(Array(repeating: 3_277, count: 24_000)))

  func heard(_ name: String, _ words: [String], _ score: Score? = nil) -> RecordingResult {
    let recording = Recording(name)
    return RecordingResult(
      recording: recording,
      outcome: .success(ScoredTranscript(recording: recording, words: words, profile: profile, score: score)))
  }

  func failed(_ name: String) -> RecordingResult {
    RecordingResult(
      recording: Recording(name), outcome: .failure(StageFailure(stage: "download", reason: "HTTP 404 Not Found")))
  }

  func score(_ corpus: String, _ count: Int, _ words: Int) -> Score {
    Score(corpus: corpus, wordErrors: WordErrors(count: count, referenceWords: words))
  }

  @Test func rowsStandInTheHeadersColumns() {
    let table = TranscriptTable(names: ["cards/001.wav", "b.wav"])
    #expect(table.header == "recording       seconds  loudness   silence    errors  words")
    #expect(
      table.row(heard("cards/001.wav", ["ten", "of"], score("cards", 1, 3)))
        == "cards/001.wav       1.5    -20 dB       0 %       1/3  ten of")
    #expect(
      table.row(heard("b.wav", [])) == "b.wav               1.5    -20 dB       0 %         -  (no words heard)")
    #expect(
      table.row(failed("b.wav"))
        == "b.wav                 -         -         -         -  FAILED in download: HTTP 404 Not Found")
  }

  @Test func aLongNameLosesItsMiddle() {
    let name = String(repeating: "a", count: 30) + String(repeating: "b", count: 30)
    let row = TranscriptTable(names: [name]).row(failed(name))
    #expect(row.hasPrefix("aaaaaaaaaaaaaaaa…bbbbbbbbbbbbbbbbb  "))
  }

  @Test func theSummaryAddsUpEachCorpusByItself() {
    let report = Report(results: [
      heard("1", [], score("librivox", 1, 4)), heard("2", [], score("cards", 1, 1)),
      heard("3", [], score("librivox", 1, 12)), heard("4", []), failed("5"),
    ])
    #expect(
      report.summary == """
        cards: word error rate 100.0 % (1 error in 1 word, 1 recording)
        librivox: word error rate 12.5 % (2 errors in 16 words, 2 recordings)
        4 transcribed, 1 failed
        """)
    #expect(report.failures == [Recording("5")])
  }

  @Test func theJSONHoldsWhatIsKnown() throws {
    let report = Report(results: [heard("1.wav", ["ten", "of"], score("cards", 1, 3)), failed("2.wav")])
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
