import Tadween
import Testing

/// A user's code that throws fails its own activation, and says where.
@Suite(.timeLimit(.minutes(1))) struct ThrowingCodeTests {
  @Test(arguments: BrokerKind.allCases) func aHandlerThatThrowsFailsItsRun(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let risky = try workflow.addStage("risky") { (n: Int) -> Int in
        if n == 13 { throw Trouble("unlucky") }
        return n
      }
      return risky
    } use: { workflow, risky in
      let bad = try await workflow.submit(13)
      let good = try await workflow.submit(14)
      let error = try await tadweenError { try await bad.completion() }
      #expect(error.code == .handlerFailed && error.stage == "risky" && error.run == bad.id)
      #expect(error.message.contains("\"risky\"") && error.message.contains("unlucky"))
      let failure = try #require(error.failures.first)
      #expect(failure.kind == .handler && failure.typeName == "Trouble" && failure.attempt == 1)
      #expect(bad.outcome == .failed([failure]))
      // The stage goes on.
      #expect(try await good.output(of: risky) == 14)
      // An output that is not there says why.
      let again = try await tadweenError { _ = try await bad.output(of: risky) }
      #expect(again.code == .handlerFailed)
    }
  }

  @Test(arguments: BrokerKind.allCases) func aTransformThatThrowsFailsItsTarget(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let source = try workflow.pass("source", Int.self)
      let target = try workflow.pass("target", String.self)
      try workflow.link(source, to: target) { (_: Int) in throw Trouble("no way") }
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(1).completion() }
      #expect(error.code == .routingFailed && error.stage == "target")
      #expect(error.failures.first?.kind == .transform)
      #expect(error.message.contains("\"target\"") && error.message.contains("no way"))
    }
  }

  @Test(arguments: BrokerKind.allCases) func aCombineThatThrowsFailsItsJoin(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let root = try workflow.pass("root", Int.self)
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.pass("b", Int.self)
      try workflow.link(root, to: a)
      try workflow.link(root, to: b)
      try workflow.join(a, b, into: try workflow.pass("end", Int.self)) { _, _ in throw Trouble("no sum") }
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(1).completion() }
      #expect(error.code == .routingFailed && error.stage == "end" && error.message.contains("no sum"))
    }
  }

  @Test(arguments: BrokerKind.allCases) func aGatherThatThrowsFailsItsTarget(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.pass("item", Int.self)
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: try workflow.pass("end", Int.self), .outcome) { _ in throw Trouble("no book") }
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(3).completion() }
      #expect(error.code == .routingFailed && error.stage == "end" && error.message.contains("no book"))
    }
  }

  /// Rule R6: what cannot be encoded fails its own activation, and nobody else's.
  @Test func anOutputThatCannotBeEncodedFailsItsStage() async throws {
    try await withWorkflow(.roundTrip) { workflow in
      let divide = try workflow.addStage("divide") { (n: Double) in 1 / n }
      let end = try workflow.pass("end", Double.self)
      try workflow.link(divide, to: end)
      return end
    } use: { workflow, end in
      let bad = try await workflow.submit(0.0)
      let good = try await workflow.submit(4.0)
      let error = try await tadweenError { try await bad.completion() }
      #expect(error.code == .routingFailed && error.stage == "divide")
      #expect(error.message.contains("inf"))
      #expect(try await good.output(of: end) == 0.25)
    }
  }
}
