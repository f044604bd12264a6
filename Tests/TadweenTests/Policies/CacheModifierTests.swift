import Testing

@testable import Tadween

/// Policies that pass values on in a cache.
@Suite(.timeLimit(.minutes(1))) struct CacheModifierTests {
  struct AudioBucket: CacheBucket {
    var samples: [Float]?
  }
  struct Audio: Sendable, Codable {
    var id: String
    var samples: [Float]?
  }

  /// One stage makes samples, and another one is given them.
  static func draw(_ workflow: Workflow, _ journal: Journal) throws -> StageReference<Audio, Int> {
    let decode = try workflow.addStage(
      "decode",
      policy: DefaultPolicy().writingCache(\AudioBucket.samples, from: \.samples, for: \.id)
        .sideEffect { _, _, _ in journal.write("decoded") }
    ) { (id: String) in Audio(id: id, samples: [1, 2, 3]) }
    let count = try workflow.addStage(
      "count",
      policy: DefaultPolicy().injectingCache(\AudioBucket.samples, into: \.samples, for: \.id) { audio, context in
        journal.write("loaded")
        return [4, 5]
      }
    ) { (audio: Audio) in audio.samples?.count ?? 0 }
    try workflow.link(decode, to: count, transform: { Audio(id: $0.id) })
    return count
  }

  @Test func whatOneStageBringsAnotherIsGiven() async throws {
    let cache = Cache<AudioBucket>()
    let journal = Journal()
    let workflow = Workflow(name: "audio", caches: [cache])
    let count = try Self.draw(workflow, journal)
    try await workflow.build()
    let run = try await workflow.submit("a")
    #expect(try await run.output(of: count) == 3)
    #expect(journal.lines == ["decoded"])
    // It belonged to the run.
    while cache.statistics.buckets > 0 { await Task.yield() }
    try await workflow.close()
  }

  @Test func whatIsNotThereIsLoaded() async throws {
    let cache = Cache<AudioBucket>(policy: .init(maxValueCost: 4))
    let journal = Journal()
    let workflow = Workflow(name: "audio", caches: [cache])
    let count = try Self.draw(workflow, journal)
    try await workflow.build()
    #expect(try await workflow.submit("a").output(of: count) == 2)
    #expect(journal.lines == ["decoded", "loaded"])
    try await workflow.close()
  }

  @Test func aWorkflowWithoutTheCacheOrWithTwoIsRefused() async throws {
    let (issues, text) = try await mistakes { try _ = Self.draw($0, Journal()) }
    #expect(issues.count == 2)
    #expect(text.contains("cache of AudioBucket"))
    let workflow = Workflow(name: "two", caches: [Cache<AudioBucket>(), Cache<AudioBucket>()])
    _ = try Self.draw(workflow, Journal())
    let error = try await tadweenError { try await workflow.build() }
    #expect(error.message.contains("two caches of AudioBucket"))
  }

  @Test func resultsAreKeptInACacheToo() async throws {
    let cache = Cache<MemoBucket>(policy: .init(maxReads: 3))
    let journal = Journal()
    let policy = DefaultPolicy<Int, Int>().memoised(by: MemoKey(version: "1"), in: cache)
    try await withWorkflow { workflow in
      try workflow.addStage("double", policy: policy) { (n: Int) in
        journal.write("\(n)")
        return n * 2
      }
    } use: { workflow, stage in
      for n in [1, 2, 1, 1] {
        let double = try await workflow.submit(n).output(of: stage)
        #expect(double == n * 2)
      }
      #expect(journal.lines == ["1", "2"])
    }
  }
}
