import Tadween
import Testing

/// Rule R4, where each parent says what is needed of it.
@Suite(.timeLimit(.minutes(1))) struct NeedTests {
  typealias Case = ([Fate], story: String)

  /// Submits fates to a join of `a` and `b`, and tells what came of it.
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
    "R4: a value must have succeeded; the worst of the others is passed on", arguments: BrokerKind.allCases,
    [
      ([.succeeds, .succeeds], "a b"), ([.succeeds, .isLeftOut], "not taken"), ([.isLeftOut, .isLeftOut], "not taken"),
      ([.succeeds, .fails], "failed: b"), ([.isLeftOut, .fails], "failed: b"), ([.fails, .fails], "failed: a"),
    ] as [Case])
  func values(_ kind: BrokerKind, _ expected: Case) async throws {
    let story = try await story(kind, expected.0) { workflow, parents, end in
      try workflow.join(parents.a, parents.b, into: end) { "\($0) \($1)" }
    }
    #expect(story == expected.story)
  }

  @Test(
    "R4: what is taken if it was may be left out, and may not fail", arguments: BrokerKind.allCases,
    [
      ([.succeeds, .succeeds], "a b"), ([.succeeds, .isLeftOut], "a -"), ([.isLeftOut, .succeeds], "not taken"),
      ([.isLeftOut, .isLeftOut], "not taken"), ([.succeeds, .fails], "failed: b"), ([.fails, .isLeftOut], "failed: a"),
    ] as [Case])
  func ifTaken(_ kind: BrokerKind, _ expected: Case) async throws {
    let story = try await story(kind, expected.0) { workflow, parents, end in
      try workflow.join(parents.a, parents.b.ifTaken, into: end) { "\($0) \($1 ?? "-")" }
    }
    #expect(story == expected.story)
  }

  @Test(
    "R4: an outcome may be any, but something must have been taken", arguments: BrokerKind.allCases,
    [
      ([.succeeds, .succeeds], "a b"), ([.succeeds, .isLeftOut], "a -"), ([.succeeds, .fails], "a b!"),
      ([.fails, .fails], "a! b!"), ([.fails, .isLeftOut], "a! -"), ([.isLeftOut, .isLeftOut], "not taken"),
    ] as [Case])
  func outcomes(_ kind: BrokerKind, _ expected: Case) async throws {
    let story = try await story(kind, expected.0) { workflow, parents, end in
      try workflow.join(parents.a.outcome, parents.b.outcome, into: end) { "\($0.word) \($1.word)" }
    }
    #expect(story == expected.story)
  }

  @Test(
    "R4: three parents, each with a need of its own", arguments: BrokerKind.allCases,
    [
      ([.succeeds, .succeeds, .succeeds], "a b c"), ([.succeeds, .isLeftOut, .fails], "a - c!"),
      ([.succeeds, .isLeftOut, .isLeftOut], "a - -"), ([.succeeds, .fails, .succeeds], "failed: b"),
      ([.isLeftOut, .succeeds, .succeeds], "not taken"), ([.isLeftOut, .succeeds, .fails], "failed: c"),
    ] as [Case])
  func three(_ kind: BrokerKind, _ expected: Case) async throws {
    var story = ""
    try await withWorkflow(kind) { workflow in
      let parents = try Parents(of: workflow)
      let end = try workflow.pass("end", String.self)
      try workflow.join(parents.a, parents.b.ifTaken, parents.c.outcome, into: end) { "\($0) \($1 ?? "-") \($2.word)" }
      return end
    } use: { workflow, end in
      story = try await workflow.submit(expected.0).story(of: end)
    }
    #expect(story == expected.story)
  }

  @Test("R4: a join of one parent asks for it in the same way", arguments: BrokerKind.allCases)
  func one(_ kind: BrokerKind) async throws {
    let story = try await story(kind, [.fails]) { workflow, parents, end in
      try workflow.join(parents.a.outcome, into: end) { $0.word }
    }
    #expect(story == "a!")
  }

  @Test("R9: a failure that an outcome took is listed, and does not fail the run", arguments: BrokerKind.allCases)
  func absorbed(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let parents = try Parents(of: workflow)
      let end = try workflow.pass("end", String.self)
      try workflow.join(parents.a.outcome, parents.b.outcome, parents.c, into: end) { a, _, _ in a.word }
    } use: { workflow, _ in
      let end = try await workflow.submit([.fails, .fails, .succeeds] as [Fate]).end()
      #expect(end.outcome == .succeeded && end.absorbed.map(\.stage) == ["a", "b"])
    }
  }
}
