import Foundation
import Tadween
import Testing

@testable import AudioPipeline

/// The main job as `Scripts/demo` runs it, with the stock model and the real recordings.
@Suite struct DemoTests {
  @Test func theDemoTranscribesWhatItCanAndSaysWhatItCannot() async throws {
    let model = try SpeechModel(folder: URL(filePath: "/usr/share/pocketsphinx/model/en-us"))
    var report = Report()
    try await Demo.withJob { job in
      let pipeline = try Pipeline(model: model, transcriptions: job.transcriptions, workers: 2)
      try await pipeline.workflow.build()
      try await pipeline.transcribe(job.recordings) { report.results.append($0) }
      try await pipeline.workflow.close(timeout: .seconds(5))
      #expect(Set(report.failures) == job.expectedFailures)
    }

    let transcripts = report.results.compactMap { try? $0.outcome.get() }
    #expect(transcripts.count >= 10)
    #expect(transcripts.allSatisfy { !$0.words.isEmpty && $0.profile.seconds > 1 })

    let scores = transcripts.compactMap(\.score).filter { $0.corpus == "librivox" }.map(\.wordErrors)
    let rate = try #require(scores.reduce(.none, +).rate)
    #expect(scores.count == 5)
    #expect(rate <= 0.35, "the word error rate is \(rate)")

    let failures = report.results.compactMap { result -> StageFailure? in
      if case .failure(let failure) = result.outcome { failure } else { nil }
    }
    #expect(failures.map(\.stage).sorted() == ["decode", "download"])
  }
}
