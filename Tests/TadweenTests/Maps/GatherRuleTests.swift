import Tadween
import Testing

/// Rule R5: what each rule of a gather makes of items that failed or were left out.
@Suite(.timeLimit(.minutes(1))) struct GatherRuleTests {
  typealias Case = ([Fate], story: String)

  /// Maps over fates, gathers what the items came to, and tells what came of that.
  private func story(
    _ kind: BrokerKind, _ fates: [Fate],
    gather: (Workflow, StageReference<String, String>, StageReference<String, String>) throws -> Void
  ) async throws -> String {
    var story = ""
    try await withWorkflow(kind) { workflow in
      let split = try workflow.pass("split", [Fate].self)
      let item = try workflow.addStage("item", options: .init(taskQueue: .concurrent(2))) {
        (fate: Fate, context: HandlerContext) in
        if fate == .fails { throw Trouble("broken") }
        return fate == .isLeftOut ? "" : "\(context.scope)"
      }
      let kept = try workflow.pass("kept", String.self)
      let end = try workflow.pass("end", String.self)
      try workflow.link(split, toEach: item)
      try workflow.link(item, to: kept, when: { !$0.isEmpty })
      try gather(workflow, kept, end)
      return end
    } use: { workflow, end in
      story = try await workflow.submit(fates).story(of: end)
    }
    return story
  }

  @Test(
    "R5: what is taken if it was keeps the places of items left out; a failure kills it",
    arguments: BrokerKind.allCases,
    [
      ([.succeeds, .isLeftOut, .succeeds], "[0] - [2]"), ([.isLeftOut, .isLeftOut], "- -"), ([], ""),
      ([.succeeds, .fails, .isLeftOut], "failed: item"),
    ] as [Case])
  func ifTaken(_ kind: BrokerKind, _ expected: Case) async throws {
    let story = try await story(kind, expected.0) { workflow, kept, end in
      try workflow.gather(kept, into: end, .ifTaken) { $0.map { $0 ?? "-" }.joined(separator: " ") }
    }
    #expect(story == expected.story)
  }

  @Test(
    "R5: outcomes keep every place", arguments: BrokerKind.allCases,
    [
      ([.succeeds, .fails, .isLeftOut, .succeeds], "[0] item! - [3]"), ([.fails, .fails], "item! item!"),
      ([.isLeftOut], "-"), ([], ""),
    ] as [Case])
  func outcomes(_ kind: BrokerKind, _ expected: Case) async throws {
    let story = try await story(kind, expected.0) { workflow, kept, end in
      try workflow.gather(kept, into: end, .outcome) { $0.map(\.word).joined(separator: " ") }
    }
    #expect(story == expected.story)
  }

  /// Half of three is two: the share is rounded up.
  @Test(
    "R5: a share of the items must have succeeded", arguments: BrokerKind.allCases,
    [
      ([.succeeds, .fails, .succeeds], "[0] item! [2]"), ([.succeeds, .isLeftOut, .succeeds], "[0] - [2]"),
      ([.succeeds, .fails], "[0] item!"), ([.succeeds, .fails, .isLeftOut], "failed: item"),
      ([.isLeftOut, .isLeftOut], "not taken"), ([], ""),
    ] as [Case])
  func share(_ kind: BrokerKind, _ expected: Case) async throws {
    let story = try await story(kind, expected.0) { workflow, kept, end in
      try workflow.gather(kept, into: end, .atLeast(0.5)) { $0.map(\.word).joined(separator: " ") }
    }
    #expect(story == expected.story)
  }

  @Test("R9: failures that a gather took are listed with their items", arguments: BrokerKind.allCases)
  func absorbed(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.addStage("item") { (n: Int) in if n % 2 == 1 { throw Trouble("odd") } }
      let end = try workflow.pass("end", Int.self)
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: end, .outcome) { $0.count }
    } use: { workflow, _ in
      let end = try await workflow.submit(5).end()
      #expect(end.outcome == .succeeded && end.absorbed.map(\.scope.indices) == [[1], [3]])
    }
  }

  @Test("R5: a run that a gather failed says what the gather asked for and had", arguments: BrokerKind.allCases)
  func shortfall(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let split = try workflow.pass("split", [Fate].self)
      let item = try workflow.addStage("item") { (fate: Fate) in if fate == .fails { throw Trouble("broken") } }
      let end = try workflow.addStage("end") { (_: Int) in }
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: end, .atLeast(0.9)) { $0.count }
    } use: { workflow, _ in
      let run = try await workflow.submit([.succeeds, .fails, .fails, .succeeds, .succeeds] as [Fate])
      let shortfall = try #require(try await run.end().shortfalls.first)
      #expect(shortfall.source == "item" && shortfall.target == "end" && shortfall.scope.isRoot)
      #expect(shortfall.rule == .atLeast(0.9) && shortfall.items == 5 && shortfall.succeeded == 3)
      let error = try await tadweenError { try await run.completion() }
      #expect(error.failures.map(\.scope.description) == ["[1]"] && error.message.contains("\n\(shortfall)"))
      #expect(
        shortfall.description
          == "The gather of \"item\" into \"end\" asks for at least 0.9 of the items; 3 of 5 succeeded")
      let well = try await workflow.submit([.succeeds] as [Fate]).end()
      #expect(well.shortfalls.isEmpty)
    }
  }
}
