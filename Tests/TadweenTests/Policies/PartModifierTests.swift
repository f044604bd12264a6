import Testing

@testable import Tadween

/// Policies that keep parts in a repository.
@Suite(.timeLimit(.minutes(1))) struct PartModifierTests {
  struct Request: Sendable, Codable {
    var id: ArtifactID
    var text: String?
  }
  struct Answer: Sendable, Codable, Equatable {
    var id: ArtifactID
    var length: Int
  }

  /// Counts the letters of a note, and stores how many there are.
  static func draw(
    _ workflow: Workflow, _ journal: Journal, options: StageOptions = .init()
  ) throws -> StageReference<Request, Answer> {
    let policy = DefaultPolicy<Request, Answer>()
      .skippingIfStored(of: \.id, parts: [\StoredNote.$length]) { note in
        note.length.map { Answer(id: note.id, length: $0) }
      }
      .injectingPart(\StoredNote.$text, into: \.text, of: \.id)
      .savingPart(\StoredNote.$length, from: \.length, of: \.id)
    return try workflow.addStage("count", policy: policy, options: options) { (request: Request) in
      journal.write("counted \(request.text ?? "nothing")")
      return Answer(id: request.id, length: request.text?.count ?? 0)
    }
  }

  @Test func whatIsStoredIsNotDoneAgain() async throws {
    let notes = try InMemoryRepository<StoredNote>()
    var note = try StoredNote("a")
    note.text = "hello"
    try await notes.save(note)
    let journal = Journal()
    let workflow = Workflow(name: "notes", repositories: [notes])
    let count = try Self.draw(workflow, journal)
    try await workflow.build()
    for _ in 1...3 {
      let answer = try await workflow.submit(Request(id: note.id)).output(of: count)
      #expect(answer == Answer(id: note.id, length: 5))
    }
    #expect(journal.lines == ["counted hello"])
    #expect(try await notes.loadPart(\.$length, of: note.id) == 5)
    // To redo one thing, its part is deleted.
    try await notes.deletePart(\.$length, of: note.id)
    _ = try await workflow.submit(Request(id: note.id)).output(of: count)
    #expect(journal.lines == ["counted hello", "counted hello"])
    try await workflow.close()
  }

  @Test func aStagesOwnRepositoryGoesBeforeThatOfItsWorkflow() async throws {
    let (own, common) = (try InMemoryRepository<StoredNote>(), try InMemoryRepository<StoredNote>())
    let note = try StoredNote("a")
    for repository in [own, common] { try await repository.save(note) }
    let workflow = Workflow(name: "notes", repositories: [common])
    let count = try Self.draw(workflow, Journal(), options: .init(repositories: [own]))
    try await workflow.build()
    _ = try await workflow.submit(Request(id: note.id)).output(of: count)
    #expect(try await own.has(\.$length, of: note.id))
    #expect(try await common.has(\.$length, of: note.id) == false)
    try await workflow.close()
  }

  @Test func whatIsStoredTakesNoUnits() async throws {
    let notes = try InMemoryRepository<StoredNote>()
    var note = try StoredNote("a")
    note.length = 9
    try await notes.save(note)
    let gate = Gate()
    let workflow = Workflow(name: "notes", resources: ["gpu": 1], repositories: [notes])
    let count = try Self.draw(workflow, Journal(), options: .init(demands: ["gpu": 1]))
    try workflow.addStage("holder", options: .init(demands: ["gpu": 1])) { (_: Int) in try await gate.pass() }
    try await workflow.build()
    let holder = try await workflow.submit(Payload(1), to: "holder")
    await gate.arrivals(1)
    #expect(try await workflow.submit(Request(id: note.id), to: count).output(of: count).length == 9)
    gate.open()
    try await holder.completion()
    try await workflow.close()
  }

  @Test func anArtifactThatIsNotThereIsAFailureThatNamesIt() async throws {
    let workflow = Workflow(name: "notes", repositories: [try InMemoryRepository<StoredNote>()])
    let count = try Self.draw(workflow, Journal())
    try await workflow.build()
    let missing = ArtifactID("missing")
    let error = try await tadweenError {
      _ = try await workflow.submit(Request(id: missing)).output(of: count)
    }
    #expect(error.code == .inputValidation)
    #expect("\(error)".contains("\"missing\""))
    try await workflow.close()
  }

  @Test func aWorkflowWithoutTheRepositoryIsRefused() async throws {
    let (issues, text) = try await mistakes { try _ = Self.draw($0, Journal()) }
    #expect(issues.count == 1)
    #expect(text.contains("\"count\""))
    #expect(text.contains("repository of StoredNote"))
  }

  @Test func aPolicyThatAsksForAnotherIsTold() async throws {
    let policy = StagePolicyBuilder<Int, Int>().onRunning { _, context in
      _ = try context.repository(of: StoredNote.self)
    }
    try await withWorkflow { workflow in
      try workflow.addStage("stage", policy: policy) { (n: Int) in n }
    } use: { workflow, stage in
      let error = try await tadweenError { try await workflow.submit(0).completion() }
      #expect(error.code == .policyFailed)
      #expect("\(error)".contains("repository of StoredNote"))
    }
  }
}
