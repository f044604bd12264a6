import Tadween
import Testing

/// What is asked of a workflow at the wrong time is refused, and says why.
@Suite(.timeLimit(.minutes(1))) struct PhaseMistakeTests {
  @Test func submittingBeforeBuildIsRefused() async throws {
    let workflow = Workflow(name: "draft")
    _ = try workflow.pass("a", Int.self)
    let error = try await tadweenError { _ = try await workflow.submit(1) }
    #expect(error.code == .wrongPhase && error.message.contains("\"draft\"") && error.message.contains("build()"))
  }

  @Test(arguments: BrokerKind.allCases) func submittingAfterCloseIsRefused(_ kind: BrokerKind) async throws {
    let workflow = Workflow(name: "done", broker: kind.make())
    _ = try workflow.pass("a", Int.self)
    try await workflow.build()
    try await workflow.close()
    let error = try await tadweenError { _ = try await workflow.submit(1) }
    #expect(error.code == .brokerClosed && error.message.contains("\"done\" is closed"))
    let many = try await tadweenError { _ = try await workflow.submit(contentsOf: [1, 2]) }
    #expect(many.code == .brokerClosed)
    let build = try await tadweenError { try await workflow.build() }
    #expect(build.code == .brokerClosed)
  }

  @Test func lateChangesAreRefused() async throws {
    try await withWorkflow { workflow in
      (try workflow.pass("a", Int.self), try workflow.pass("b", Int.self))
    } use: { workflow, stages in
      let (a, b) = stages
      let changes: [(name: String, body: () throws -> Void)] = [
        ("late", { _ = try workflow.pass("late", Int.self) }),
        ("b", { try workflow.link(a, to: b) }),
        ("b", { try workflow.link("a", to: "b") }),
        ("b", { try workflow.join(a, into: b) { $0 } }),
        ("a", { try workflow.choose(from: a, .otherwise(b)) }),
        ("entry point", { try workflow.setEntryPoint(a) }),
      ]
      for change in changes {
        let error = try await tadweenError { try change.body() }
        #expect(error.code == .wrongPhase)
        #expect(error.message.contains(change.name) && error.message.contains("before build()"), "\(error)")
      }
    }
  }

  @Test func buildingTwiceIsBuildingOnce() async throws {
    let journal = Journal()
    try await withWorkflow { workflow in
      try workflow.addStage("a", WarmUpTests.Witness(name: "a", journal: journal))
    } use: { workflow, stage in
      try await workflow.build()
      #expect(try await workflow.submit(1).output(of: stage) == 1)
    }
    #expect(journal.count(of: "a warms up") == 1)
  }

  @Test func buildingFromManyTasksIsBuildingOnce() async throws {
    let journal = Journal()
    let workflow = Workflow(name: "many")
    try workflow.addStage("a", WarmUpTests.Witness(name: "a", journal: journal))
    try await withThrowingDiscardingTaskGroup { group in
      for _ in 0..<8 { group.addTask { try await workflow.build() } }
    }
    try await workflow.close()
    #expect(journal.lines == ["a warms up", "a shuts down"])
  }

  /// A close that comes while the workflow is being built is not forgotten.
  @Test func closingWhileItIsBuiltCloses() async throws {
    struct Slow: Handler, Sendable {
      let gate: Gate
      let journal: Journal
      mutating func warmUp() async throws { try await gate.pass() }
      func run(_ input: Int, context: HandlerContext) async throws -> Int { input }
      mutating func shutDown() async { journal.write("down") }
    }
    let gate = Gate()
    let journal = Journal()
    let workflow = Workflow(name: "hasty")
    try workflow.addStage("slow", Slow(gate: gate, journal: journal))
    async let building: Void = workflow.build()
    await gate.arrivals(1)
    let early = try await tadweenError { try await workflow.close(timeout: .zero) }
    #expect(early.code == .timedOut && early.message.contains("still warms up"))
    #expect(journal.lines.isEmpty)
    gate.open()
    let error: TadweenError?
    do {
      try await building
      error = nil
    } catch let thrown as TadweenError {
      error = thrown
    }
    #expect(error?.code == .brokerClosed)
    #expect(journal.lines == ["down"])
    let late = try await tadweenError { _ = try await workflow.submit(1) }
    #expect(late.code == .brokerClosed)
  }

  @Test func closingAWorkflowThatWasNeverBuiltIsAllRight() async throws {
    let workflow = Workflow(name: "draft")
    _ = try workflow.pass("a", Int.self)
    try await workflow.close()
    try await workflow.close()
    let error = try await tadweenError { _ = try workflow.pass("b", Int.self) }
    #expect(error.code == .brokerClosed)
  }
}
