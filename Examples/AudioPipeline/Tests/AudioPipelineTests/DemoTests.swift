import Foundation
import Tadween
import Testing

@testable import AudioPipeline

/// The main job as `Scripts/demo` runs it, with the stock model and the real recordings.
@Suite struct DemoTests {
  @Test func theDemoTranscribesWhatItCanAndSaysWhatItCannot() async throws {
    let model = try SpeechModel(folder: URL(filePath: "/usr/share/pocketsphinx/model/en-us"))
    var results: [RecordingResult] = []
    try await Demo.withJob { job in
      let pipeline = try Pipeline(
        model: model, transcriptions: job.transcriptions, workers: 2, store: RecordingStore.open(nil),
        shutdownTimeout: .seconds(5))
      try await pipeline.workflow.build()
      var seen = 0
      results = try await pipeline.transcribe(job.recordings) { _ in seen += 1 }.compactMap(\.self)
      try await pipeline.workflow.close(timeout: .seconds(5))
      #expect(seen == job.recordings.count)
      #expect(results.map(\.recording) == job.recordings)
      #expect(Set(Report(results: results).failures) == job.expectedFailures)
    }

    let transcripts = results.compactMap { try? $0.outcome.get() }
    #expect(transcripts.count >= 10)
    #expect(transcripts.allSatisfy { !$0.words.isEmpty && $0.profile.seconds > 1 })

    let scores = transcripts.compactMap(\.score).filter { $0.corpus == "librivox" }.map(\.wordErrors)
    let rate = try #require(scores.reduce(.none, +).rate)
    #expect(scores.count == 5)
    #expect(rate <= 0.35, "the word error rate is \(rate)")

    let failures = results.compactMap { result -> StageFailure? in
      if case .failure(let failure) = result.outcome { failure } else { nil }
    }
    #expect(failures.map(\.stage).sorted() == ["decode", "download"])
  }
}
