import Tadween
import Testing

/// A caller's own id: the same submission twice is one run, another payload under it is refused.
@Suite(.timeLimit(.minutes(1))) struct CallerIDTests {
  struct Plain: Codable, Sendable { var url: String }

  @Test(arguments: BrokerKind.allCases) func theSameIDWithTheSamePayloadIsTheSameRun(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("a") { (text: String) in
        journal.write(text)
        return text
      }
    } use: { workflow, stage in
      let first = try await workflow.submit("x", id: "one")
      let second = try await workflow.submit("x", id: "one")
      #expect(first.id == second.id)
      #expect(try await second.output(of: stage) == "x")
      // And when it is complete.
      let third = try await workflow.submit("x", id: "one")
      #expect(third.id == first.id && third.outcome == .succeeded)
      #expect(try await third.output(of: stage) == "x")
      try await workflow.waitUntilIdle()
    }
    #expect(journal.lines == ["x"])
  }

  @Test(arguments: BrokerKind.allCases) func theSameIDWithAnotherPayloadIsRefused(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      try workflow.pass("a", String.self)
    } use: { workflow, stage in
      let first = try await workflow.submit("x", id: "one")
      let error = try await tadweenError { _ = try await workflow.submit("y", id: "one") }
      #expect(error.code == .idConflict && error.run == first.id)
      #expect(error.message.contains("\"one\"") && error.message.contains("new id"))
      #expect(try await first.output(of: stage) == "x")
      try await workflow.waitUntilIdle()
    }
  }

  @Test func payloadsThatAreNotEquatableAreComparedByWhatTheySay() async throws {
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (plain: Plain) in plain.url }
    } use: { workflow, _ in
      let first = try await workflow.submit(Plain(url: "x"), id: "one")
      #expect(try await workflow.submit(Plain(url: "x"), id: "one").id == first.id)
      let error = try await tadweenError { _ = try await workflow.submit(Plain(url: "y"), id: "one") }
      #expect(error.code == .idConflict)
      let literal = try await workflow.submit(["url": "x", "n": 1], id: "two")
      #expect(try await workflow.submit(["n": 1, "url": "x"], id: "two").id == literal.id)
    }
  }

  @Test func manyAtOnceUnderOneIDAreOneRun() async throws {
    let journal = Journal()
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (n: Int) in
        journal.write("\(n)")
        return n
      }
    } use: { workflow, stage in
      let ids = try await withThrowingTaskGroup { group in
        for _ in 0..<50 { group.addTask { try await workflow.submit(1, id: "same").id } }
        return try await group.reduce(into: Set<RunID>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      try await workflow.waitUntilIdle()
    }
    #expect(journal.lines == ["1"])
  }

  /// Trap 7: a registry of submitted ids that is never pruned.
  @Test func finishedIDsAreForgottenSoThatMemoryDoesNotGrow() async throws {
    let workflow = Workflow(name: "forgetful", broker: InMemoryBroker(remembered: 2))
    _ = try workflow.pass("a", Int.self)
    try await workflow.build()
    for n in 0..<4 { try await workflow.submit(n, id: "\(n)").completion() }
    // The last two are known; the others may be used anew.
    let known = try await tadweenError { _ = try await workflow.submit(-1, id: "3") }
    #expect(known.code == .idConflict)
    try await workflow.submit(-1, id: "0").completion()
    try await workflow.close()
  }

  @Test func nothingOfAClosedWorkflowIsKeptForItsIDs() async throws {
    final class Model: Sendable {}
    weak var model: Model?
    try await {
      let mine = Model()
      model = mine
      let workflow = Workflow(name: "let go")
      try workflow.addStage("a") { (n: Int) in
        withExtendedLifetime(mine) { n }
      }
      try await workflow.build()
      try await workflow.submit(1, id: "one").completion()
      try await workflow.close()
    }()
    await eventually { model == nil }
  }
}
