import Tadween
import TadweenTesting
import Testing

/// What the article TestingAWorkflow says of its pipeline holds; the code is the article's.
@Suite struct ArticleTests {
  struct Recording: Codable, Hashable, Sendable { let url: String }
  struct Transcript: Codable, Sendable { let words: [String] }
  struct WrongTranscript: Error { let transcript: Transcript }

  static func transcription(
    on broker: some Broker, download: @escaping @Sendable (Recording) async throws -> [Double]
  ) async throws -> (
    workflow: Workflow, download: StageReference<Recording, [Double]>, words: StageReference<[Double], Transcript>
  ) {
    let workflow = Workflow(name: "transcription", broker: broker, logger: .silent)
    let fetch = try workflow.addStage(
      "download", options: .init(taskQueue: .concurrent(4), retry: .exponential(maxAttempts: 8), timeout: .seconds(60)),
      download)
    let words = try workflow.addStage(
      "transcribe", options: .init(taskQueue: .threads(1), queueBound: 2, retry: .exponential(maxAttempts: 8))
    ) { (samples: [Double]) in Transcript(words: samples.map { "word \($0)" }) }
    try workflow.link(fetch, to: words)
    try await workflow.build()
    return (workflow, fetch, words)
  }

  @Test func manyCoursesOfEvents() async throws {
    try await Simulation.check(seeds: 0..<500) { world in
      let pipeline = try await Self.transcription(on: world.broker()) { recording in
        try await world.clock.sleep(for: .seconds(world.random(in: 1...20)))
        return [1, 2, 3]
      }
      let run = try await pipeline.workflow.submit(Recording(url: "a.mp3"), to: pipeline.download)
      let transcript = try await run.output(of: pipeline.words)
      guard transcript.words.count == 3 else { throw WrongTranscript(transcript: transcript) }
      try await pipeline.workflow.close()
    }
  }

  @Test func chosenFaults() async throws {
    var faults = Simulation.Faults.all
    faults.chance[.handlerFailed] = 0.2
    faults.spared = ["transcribe"]
    faults.longestStuck = .seconds(300)
    let report = try await Simulation.check(seeds: 0..<100, faults: faults) { world in
      let pipeline = try await Self.transcription(on: world.broker()) { _ in [1, 2, 3] }
      let run = try await pipeline.workflow.submit(Recording(url: "a.mp3"), to: pipeline.download)
      try await run.completion()
      try await pipeline.workflow.close(timeout: .seconds(600))
    }
    #expect(report.faults[.handlerFailed, default: 0] > 10)
    #expect(report.faults[.handlerStuck, default: 0] > 0)
  }

  @Test func aProcessThatDies() async throws {
    try await Simulation.check(seeds: 0..<200) { world in
      let transcript = try await world.restarting { broker in
        let pipeline = try await Self.transcription(on: broker) { _ in [1, 2, 3] }
        let run = try await pipeline.workflow.submit(
          Recording(url: "a.mp3"), to: pipeline.download, id: "a.mp3")
        let transcript = try await run.output(of: pipeline.words)
        try await pipeline.workflow.close()
        return transcript
      }
      guard transcript.words.count == 3 else { throw WrongTranscript(transcript: transcript) }
    }
  }
}
