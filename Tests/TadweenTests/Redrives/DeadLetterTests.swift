import TadweenTesting
import Testing

@testable import Tadween

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Rule R10: dead letters are a view of what failed.
@Suite("R10: dead letters", .timeLimit(.minutes(1))) struct DeadLetterTests {
  /// Two stages, each of which fails where its number says so.
  private func draw(_ workflow: Workflow) throws -> StageReference<Int, Int> {
    let a = try workflow.addStage("a", options: .init(retry: .fixed(.zero, maxAttempts: 2))) {
      (n: Int, context: HandlerContext) in
      if n % 2 == 1 { throw Trouble("odd \(context.attempt)") }
      return n
    }
    let b = try workflow.addStage("b") { (n: Int) in
      if n % 4 == 2 { throw Trouble("two") }
      return n
    }
    try workflow.link(a, to: b)
    return b
  }

  @Test("they are listed, counted and shown, with input, chain and attempts", arguments: BrokerKind.allCases)
  func listed(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind, draw: draw) { workflow, _ in
      for number in 0..<8 { _ = try await workflow.submit(number).end() }
      #expect(try await workflow.deadLetters.count() == 6)
      #expect(try await workflow.deadLetters.count(.init(stage: "a")) == 4)
      #expect(try await workflow.deadLetters.count(.init(kind: .timeout)) == 0)
      #expect(try await workflow.deadLetters.list(limit: 5).count == 5)
      let newest = try #require(try await workflow.deadLetters.list(.init(stage: "a")).first)
      #expect(try newest.input?.converted(to: Int.self) == 7)
      #expect(newest.attempts == 2 && newest.failure.messages == ["odd 2"])
      #expect(newest.earlier.map(\.messages) == [["odd 1"]])
      #expect(newest.stage == "a" && newest.scope == .root && newest.crashes == 0 && newest.generation == 0)
      let shown = try await workflow.deadLetters.letter(of: newest.run, stage: "a")
      #expect(shown?.id == newest.id)
    }
  }

  @Test("a dry run says what would be taken back, and changes nothing")
  func plan() async throws {
    try await withWorkflow { workflow in
      let a = try workflow.addStage("a") { (_: Int) -> Int in throw Trouble("no") }
      let rescue = try workflow.addStage("rescue") { (_: Failure) in 1 }
      let last = try workflow.pass("last", Int.self)
      try workflow.link(failureOf: a, to: rescue)
      try workflow.link(rescue, to: last)
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      #expect(try await run.end().outcome == .succeeded)
      let plan = try await workflow.deadLetters.plan(allMatching: .all)
      #expect(plan.map(\.run) == [run.id] && plan.allSatisfy(\.reopensRun))
      #expect(plan.first?.again.map(\.description) == ["a"])
      #expect(plan.first?.takenBack.map(\.description) == ["rescue", "last"])
      #expect(run.outcome == .succeeded && run.ticket.round == 0)
      #expect(try await workflow.deadLetters.count() == 1)
    }
  }

  @Test("all that match are redriven, one run each")
  func redriveAll() async throws {
    try await withWorkflow(draw: draw) { workflow, _ in
      for number in 0..<8 { _ = try await workflow.submit(number).end() }
      let runs = try await workflow.deadLetters.redrive(allMatching: .init(stage: "b"))
      #expect(runs.count == 2)
      for run in runs { _ = try await run.end() }
      let letters = try await workflow.deadLetters.list(.init(stage: "b"))
      #expect(letters.map(\.generation) == [1, 1])
      #expect(try await workflow.deadLetters.count(.init(stage: "a")) == 4)
    }
  }

  @Test("age is asked by the wall clock")
  func age() async throws {
    let now = Locked(Date(timeIntervalSince1970: 0))
    let workflow = Workflow(name: "test", broker: InMemoryBroker(wallClock: { now.withLock { $0 } }))
    try workflow.addStage("a") { (_: Int) in throw Trouble("no") }
    try await workflow.build()
    for second in 0..<3 {
      now.withLock { $0 = Date(timeIntervalSince1970: Double(second)) }
      _ = try await workflow.submit(second).end()
    }
    let moment = Date(timeIntervalSince1970: 1)
    #expect(try await workflow.deadLetters.count(.init(before: moment)) == 1)
    #expect(try await workflow.deadLetters.count(.init(since: moment)) == 2)
    #expect(try await workflow.deadLetters.list().map(\.failedAt.timeIntervalSince1970) == [2, 1, 0])
    try await workflow.close()
  }

  @Test("trap 7: only the newest runs with dead letters are remembered")
  func forgotten() async throws {
    let workflow = Workflow(name: "test", broker: InMemoryBroker(deadLetters: 3))
    try workflow.addStage("a") { (_: Int) in throw Trouble("no") }
    try await workflow.build()
    weak var first: (any RunTicket)?
    for number in 0..<5 {
      let run = try await workflow.submit(number)
      _ = try await run.end()
      if number == 0 { first = run.ticket }
    }
    let inputs = try await workflow.deadLetters.list().map { try $0.input?.converted(to: Int.self) }
    #expect(inputs == [4, 3, 2])
    #expect(first == nil)
    try await workflow.close()
  }

  @Test("a broker that keeps no dead letters says so")
  func unsupported() async throws {
    let workflow = Workflow(name: "test", broker: LedgerBroker())
    try workflow.pass("a", Int.self)
    try await workflow.build()
    let error = try await tadweenError { _ = try await workflow.deadLetters.list() }
    #expect(error.code == .unsupported && error.message.contains("RunInspection"))
    try await workflow.close()
  }
}
