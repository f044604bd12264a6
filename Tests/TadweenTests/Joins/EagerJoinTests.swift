import Tadween
import Testing

/// Rule R4, where the first parents to succeed decide.
@Suite(.timeLimit(.minutes(1))) struct EagerJoinTests {
  typealias Case = ([Fate], story: String)

  /// A join of three parents, and what came of it.
  private func story(
    _ kind: BrokerKind, _ fates: [Fate], join: (Workflow, Parents, StageReference<String, String>) throws -> Void
  ) async throws -> String {
    var story = ""
    try await withWorkflow(kind) { workflow in
      let parents = try Parents(of: workflow)
      let end = try workflow.pass("end", String.self)
      try join(workflow, parents, end)
      return end
    } use: { workflow, end in
      story = try await workflow.submit(fates).story(of: end)
    }
    return story
  }

  @Test(
    "R4: any parent that succeeded will do; without one, the worst is passed on", arguments: BrokerKind.allCases,
    [
      ([.isLeftOut, .succeeds, .isLeftOut], "b"), ([.fails, .fails, .succeeds], "c"),
      ([.fails, .isLeftOut, .isLeftOut], "failed: a"), ([.isLeftOut, .isLeftOut, .isLeftOut], "not taken"),
    ] as [Case])
  func anySucceeded(_ kind: BrokerKind, _ expected: Case) async throws {
    let story = try await story(kind, expected.0) { workflow, parents, end in
      try workflow.join(parents.a, parents.b, parents.c, into: end, .anySucceeded) { $0 }
    }
    #expect(story == expected.story)
  }

  @Test(
    "R4: a quorum fires with that many, in link order; with fewer, the worst is passed on",
    arguments: BrokerKind.allCases,
    [
      ([.succeeds, .isLeftOut, .succeeds], "a c"), ([.fails, .succeeds, .succeeds], "b c"),
      ([.fails, .succeeds, .isLeftOut], "failed: a"), ([.succeeds, .isLeftOut, .isLeftOut], "not taken"),
    ] as [Case])
  func quorum(_ kind: BrokerKind, _ expected: Case) async throws {
    let story = try await story(kind, expected.0) { workflow, parents, end in
      try workflow.join(parents.a, parents.b, parents.c, into: end, .quorum(2)) { $0.joined(separator: " ") }
    }
    #expect(story == expected.story)
  }

  /// A race of three: `a` waits at a gate for as long as its task lives, `b` and `c` do not.
  private func race(
    _ kind: BrokerKind, join: (Workflow, Parents, StageReference<String, String>) throws -> Void,
    use: (Run, Gate, Journal) async throws -> Void
  ) async throws {
    let gate = Gate()
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let parents = try Parents(of: workflow) { name in
        if name == "a" { try await gate.pass() } else { await gate.arrivals(1) }
      }
      let end = try workflow.addStage("end") { (text: String) in
        journal.write(text)
        return text
      }
      try join(workflow, parents, end)
    } use: { workflow, _ in
      let run = try await workflow.submit([.succeeds, .succeeds, .succeeds] as [Fate])
      try await use(run, gate, journal)
    }
  }

  @Test("R4: the first to succeed decides at once, and who comes later changes nothing", arguments: BrokerKind.allCases)
  func first(_ kind: BrokerKind) async throws {
    try await race(kind) { workflow, parents, end in
      try workflow.join(parents.a, parents.b, into: end, .anySucceeded) { $0 }
    } use: { run, gate, journal in
      try await journal.wait(for: "b")
      #expect(run.outcome == nil && !gate.isCancelled)
      gate.open()
      try await run.completion()
      #expect(journal.lines == ["b"])
    }
  }

  @Test("R4: a quorum fires before the others are in", arguments: BrokerKind.allCases)
  func quorumIsEager(_ kind: BrokerKind) async throws {
    try await race(kind) { workflow, parents, end in
      try workflow.join(parents.a, parents.c, parents.b, into: end, .quorum(2)) { $0.joined(separator: " ") }
    } use: { run, gate, journal in
      try await journal.wait(for: "c b")
      gate.open()
      try await run.completion()
      #expect(journal.lines == ["c b"])
    }
  }

  @Test("R4: losers are cancelled where the join says so; the run has succeeded", arguments: BrokerKind.allCases)
  func losers(_ kind: BrokerKind) async throws {
    try await race(kind) { workflow, parents, end in
      try workflow.join(parents.a, parents.b, into: end, .anySucceeded(cancelLosers: true)) { $0 }
    } use: { run, gate, journal in
      // Complete though nobody opens the gate.
      let end = try await run.end()
      #expect(end.outcome == .succeeded)
      #expect(gate.isCancelled && journal.lines == ["b"])
    }
  }

  @Test("R4: what a quorum no longer needs is cancelled where it says so", arguments: BrokerKind.allCases)
  func losersOfAQuorum(_ kind: BrokerKind) async throws {
    try await race(kind) { workflow, parents, end in
      try workflow.join(parents.a, parents.b, parents.c, into: end, .quorum(2, cancelLosers: true)) {
        $0.joined(separator: " ")
      }
    } use: { run, gate, journal in
      let end = try await run.end()
      #expect(end.outcome == .succeeded)
      #expect(gate.isCancelled && journal.lines == ["b c"])
    }
  }

  @Test("R4: what leads to something else as well is no loser", arguments: BrokerKind.allCases)
  func notOnlyForTheJoin(_ kind: BrokerKind) async throws {
    try await race(kind) { workflow, parents, end in
      let other = try workflow.pass("other", String.self)
      try workflow.link(parents.a, to: other)
      try workflow.join(parents.a, parents.b, into: end, .anySucceeded(cancelLosers: true)) { $0 }
    } use: { run, gate, journal in
      try await journal.wait(for: "b")
      gate.open()
      try await run.completion()
      #expect(!gate.isCancelled)
    }
  }
}
