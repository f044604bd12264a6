import Logging
import Testing

@testable import Tadween

/// Results that are stored and found again.
@Suite(.timeLimit(.minutes(1))) struct MemoTests {
  struct Audio: Sendable, Codable {
    var url: String
    var rate = 16_000
  }

  static func policy(
    _ memos: any Repository<Memo>, version: String = "1", options: [String: String] = [:]
  ) -> some StagePolicy<Audio, String> {
    DefaultPolicy<Audio, String>().memoised(by: MemoKey(version: version, options: options), in: memos)
  }

  /// Transcribes in a workflow of its own, and tells what was found missing.
  static func transcribe(
    _ audio: [Audio], _ policy: some StagePolicy<Audio, String>, _ journal: Journal
  ) async throws -> [MemoMiss] {
    var misses: [MemoMiss] = []
    let workflow = Workflow(name: "asr")
    let stage = try workflow.addStage("asr", policy: policy) { (audio: Audio) in
      journal.write(audio.url)
      return audio.url.uppercased()
    }
    try await workflow.build()
    var events = workflow.events.makeAsyncIterator()
    for audio in audio {
      let run = try await workflow.submit(audio)
      events: while let event = await events.next() {
        switch event {
        case .notMemoised(_, let miss): misses.append(miss)
        case .completed(run.id, _): break events
        default: break
        }
      }
      let output = try await run.output(of: stage)
      #expect(output == audio.url.uppercased())
    }
    try await workflow.close()
    return misses
  }

  @Test func anEqualPayloadIsWorkedOnOnce() async throws {
    let memos = try InMemoryRepository<Memo>()
    let journal = Journal()
    _ = try await Self.transcribe([Audio(url: "a"), Audio(url: "b"), Audio(url: "a")], Self.policy(memos), journal)
    // Another process would find them too.
    _ = try await Self.transcribe([Audio(url: "b"), Audio(url: "a")], Self.policy(memos), journal)
    #expect(journal.lines == ["a", "b"])
    #expect(try await memos.count { $0.stage == "asr" && $0.isResult == true } == 2)
  }

  @Test func whateverOfTheKeyChangesMakesAnotherResult() async throws {
    let memos = try InMemoryRepository<Memo>()
    let journal = Journal()
    let audio = Audio(url: "a")
    let policies = [
      Self.policy(memos), Self.policy(memos, version: "2"), Self.policy(memos, options: ["model": "small"]),
      Self.policy(memos, options: ["model": "large"]),
    ]
    for policy in policies { _ = try await Self.transcribe([audio, audio], policy, journal) }
    _ = try await Self.transcribe([Audio(url: "a", rate: 8_000)], Self.policy(memos), journal)
    #expect(journal.lines.count == 5)
  }

  @Test func aMissIsExplainedFieldByField() async throws {
    let memos = try InMemoryRepository<Memo>()
    func misses(_ audio: Audio, _ options: [String: String]) async throws -> [String] {
      try await Self.transcribe([audio], Self.policy(memos, options: options), Journal()).map(\.description)
    }
    #expect(try await misses(Audio(url: "a"), ["model": "small"]) == ["no result of this stage is stored yet"])
    let beside = "no result is stored for it; beside the one most like it, "
    #expect(
      try await misses(Audio(url: "a"), ["model": "large"]) == [beside + "options.model was small and is large"])
    #expect(
      try await misses(Audio(url: "b"), ["model": "large", "beam": "5"])
        == [beside + "options.beam is new: 5, payload.url was \"a\" and is \"b\""])
    // What is stored of the same payload is found, however much else was stored since.
    for n in 0..<20 { _ = try await misses(Audio(url: "\(n)"), ["model": "large"]) }
    #expect(try await misses(Audio(url: "a"), [:]) == [beside + "options.model was large and is gone"])
  }

  @Test func explainSaysWhyWhatRunsOrWaitsWasNotSpared() async throws {
    let memos = try InMemoryRepository<Memo>()
    _ = try await Self.transcribe([Audio(url: "a")], Self.policy(memos), Journal())
    let gate = Gate()
    let workflow = Workflow(name: "asr")
    let stage = try workflow.addStage("asr", policy: Self.policy(memos, version: "2")) { (audio: Audio) in
      try await gate.pass()
      return audio.url
    }
    try await workflow.build()
    let run = try await workflow.submit(Audio(url: "a"))
    await gate.arrivals(1)
    let wait = try #require(try workflow.explain(run).first)
    #expect(wait.miss?.differences.map(\.field) == ["version"])
    #expect("\(wait)".hasSuffix("beside the one most like it, version was 1 and is 2."))
    gate.open()
    _ = try await run.output(of: stage)
    try await workflow.close()
  }

  @Test func whatCameWhileItWaitedForUnitsSparesItToo() async throws {
    let memos = try InMemoryRepository<Memo>()
    let journal = Journal()
    let gate = Gate()
    let workflow = Workflow(name: "asr", resources: ["gpu": 1])
    let stage = try workflow.addStage("asr", policy: Self.policy(memos), options: .init(demands: ["gpu": 1])) {
      (audio: Audio) -> String in throw Trouble("it ran")
    }
    let holder = try workflow.addStage("holder", options: .init(demands: ["gpu": 1])) { (_: Int) in
      try await gate.pass()
    }
    try await workflow.build()
    let holding = try await workflow.submit(1, to: holder)
    await gate.arrivals(1)
    // Nothing is stored yet: it waits for the unit, and finds the result when it has it.
    let run = try await workflow.submit(Audio(url: "a"), to: stage)
    while try workflow.explain(run).first.map({ if case .units = $0.reason { false } else { true } }) ?? true {
      await Task.yield()
    }
    _ = try await Self.transcribe([Audio(url: "a")], Self.policy(memos), journal)
    gate.open()
    #expect(try await run.output(of: stage) == "A")
    try await holding.completion()
    try await workflow.close()
  }

  @Test func whatCannotBeReadIsDoneAgainAndSaid() async throws {
    let memos = try InMemoryRepository<Memo>()
    let journal = Journal()
    _ = try await Self.transcribe([Audio(url: "a")], Self.policy(memos), journal)
    for id in try await memos.ids(where: { $0.isResult == true }) {
      try await memos.savePart(\.$output, .init("no JSON".utf8), of: id)
    }
    let misses = try await Self.transcribe([Audio(url: "a")], Self.policy(memos), journal)
    #expect(misses.count == 1)
    #expect(misses.first?.problem != nil)
    #expect(journal.lines == ["a", "a"])
  }

  @Test func aRepositoryThatIsDownFailsNothing() async throws {
    let journal = Journal()
    _ = try await Self.transcribe([Audio(url: "a"), Audio(url: "a")], Self.policy(LostMemos()), journal)
    #expect(journal.lines == ["a", "a"])
  }

  @Test func aKeyOfWhatMattersForgivesTheRest() async throws {
    let memos = try InMemoryRepository<Memo>()
    let journal = Journal()
    let policy = DefaultPolicy<Audio, String>()
      .memoised(by: MemoKey(version: "1") { ["url": $0.url] }, in: memos)
    _ = try await Self.transcribe([Audio(url: "a", rate: 1), Audio(url: "a", rate: 2)], policy, journal)
    #expect(journal.lines == ["a"])
  }

  @Test func twoStagesDoNotTakeEachOthersResults() async throws {
    let memos = try InMemoryRepository<Memo>()
    try await withWorkflow { workflow in
      let upper = try workflow.addStage("upper", policy: Self.policy(memos)) { (audio: Audio) in audio.url.uppercased()
      }
      let lower = try workflow.addStage("lower", policy: Self.policy(memos)) { (audio: Audio) in audio.url.lowercased()
      }
      return (upper, lower)
    } use: { workflow, stages in
      let audio = Audio(url: "aB")
      let (upper, lower) = (
        try await workflow.submit(audio, to: stages.0), try await workflow.submit(audio, to: stages.1)
      )
      #expect(try await upper.output(of: stages.0) == "AB")
      #expect(try await lower.output(of: stages.1) == "ab")
    }
  }

  @Test func fieldsAreToldApart() throws {
    struct Nested: Encodable { var a = ["b": 1] }
    let nested = try MemoFields(encoding: Nested(), under: "payload")
    #expect(nested.texts == ["payload.a.b": "1"])
    let dotted = ["a.b": 1]
    #expect(try MemoFields(encoding: dotted, under: "payload").texts == ["payload.a\\.b": "1"])
    #expect(try MemoFields(encoding: ["a.b": "1"], under: "payload").texts == ["payload.a\\.b": "\"1\""])
    #expect(try MemoFields(encoding: "x\"y\\", under: "p").texts == ["p": #""x\"y\\""#])
    #expect(try MemoFields(encoding: [1.5, 2, -0.0], under: "p").texts.keys.sorted() == ["p"])
    let numbers = try MemoFields(encoding: [UInt64.max, 0], under: "p").texts["p"]
    #expect(numbers == "[18446744073709551615,0]")
    #expect(nested.digest("a", "b") != nested.digest("ab"))
  }
}

/// A repository that is down.
private struct LostMemos: Repository {
  typealias Model = Memo

  func store(_ records: [ArtifactRecord]) async throws { throw Trouble("down") }
  func records(_ query: RepositoryQuery, parts: Set<String>) async throws -> [ArtifactRecord] { throw Trouble("down") }
  func ids(_ query: RepositoryQuery) async throws -> [ArtifactID] { throw Trouble("down") }
  func count(_ filter: ArtifactFilter) async throws -> Int { throw Trouble("down") }
  func presentParts(of id: ArtifactID) async throws -> Set<String>? { throw Trouble("down") }
  func storePart(_ part: String, _ content: ArtifactRecord.Content, of id: ArtifactID) async throws -> Bool {
    throw Trouble("down")
  }
  func remove(_ ids: [ArtifactID]) async throws -> Int { throw Trouble("down") }
}
