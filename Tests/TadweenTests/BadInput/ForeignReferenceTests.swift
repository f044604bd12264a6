import Tadween
import Testing

/// A reference of another workflow names a stage of this one, with other types: what the links then ask of an output
/// cannot be answered, and that is no "no".
@Suite(.timeLimit(.minutes(1))) struct ForeignReferenceTests {
  struct Verdict: Codable, Sendable { var score: Double }

  private func failure(
    of kind: BrokerKind, _ draw: (Workflow, StageReference<Int, Verdict>, StageReference<Int, [Verdict]>) throws -> Void
  ) async throws {
    let elsewhere = Workflow(name: "elsewhere")
    let verdict = try elsewhere.addStage("source") { (_: Int) in Verdict(score: 1) }
    let verdicts = try elsewhere.addStage("source") { (_: Int) in [Verdict(score: 1)] }
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("source") { (n: Int) in ["points": n] }
      try draw(workflow, verdict, verdicts)
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(1).completion() }
      let failure = try #require(error.failures.first)
      #expect(error.code == .routingFailed && failure.kind == .routing && failure.stage == "source")
      for words in ["\"source\"", "Dictionary<String, Int>", "Verdict"] { #expect(error.message.contains(words)) }
      #expect(error.message.contains("field \"score\" is missing") || error.message.contains("the value itself is no"))
    }
  }

  @Test(arguments: BrokerKind.allCases) func aConditionFailsItsSource(_ kind: BrokerKind) async throws {
    try await failure(of: kind) { workflow, verdict, _ in
      try workflow.link(verdict, to: try workflow.pass("target", Verdict.self), when: { $0.score > 0 })
    }
  }

  @Test(arguments: BrokerKind.allCases) func aChoiceFailsItsSource(_ kind: BrokerKind) async throws {
    try await failure(of: kind) { workflow, verdict, _ in
      let (good, bad) = (try workflow.pass("good", Verdict.self), try workflow.pass("bad", Verdict.self))
      try workflow.choose(from: verdict, .when({ $0.score > 0 }, good), .otherwise(bad))
    }
  }

  @Test(arguments: BrokerKind.allCases) func aMapFailsItsSource(_ kind: BrokerKind) async throws {
    try await failure(of: kind) { workflow, _, verdicts in
      try workflow.link(verdicts, toEach: try workflow.pass("item", Verdict.self))
    }
  }

  @Test(arguments: BrokerKind.allCases) func aMapWithinTheOutputFailsItsSource(_ kind: BrokerKind) async throws {
    struct Batch: Codable, Sendable { var verdicts: [Verdict] }
    try await withWorkflow(kind) { workflow in
      let elsewhere = try Workflow(name: "elsewhere").addStage("source") { (_: Int) in Batch(verdicts: []) }
      try workflow.addStage("source") { (n: Int) in ["points": n] }
      try workflow.link(elsewhere, toEach: try workflow.pass("item", Verdict.self), of: \.verdicts)
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(1).completion() }
      #expect(
        error.code == .routingFailed && error.stage == "source" && error.message.contains("\"verdicts\" is missing"))
    }
  }
}
