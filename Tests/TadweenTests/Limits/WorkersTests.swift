import TadweenTesting
import Testing

@testable import Tadween

/// The number of a stage's workers changes while it is at work.
@Suite("workers", .timeLimit(.minutes(1))) struct WorkersTests {
  /// Counts its lives, and waits at the gate.
  private struct Life: Handler {
    let journal: Journal
    let gate: Gate

    mutating func warmUp() async throws { journal.write("warm") }
    func run(_ n: Int, context: HandlerContext) async throws -> Int {
      try await gate.pass()
      return n
    }
    mutating func shutDown() async { journal.write("down") }
  }

  @Test(
    "more run at once as soon as there are more; fewer once those that run have finished",
    arguments: BrokerKind.allCases, [true, false])
  func change(_ kind: BrokerKind, hasGates: Bool) async throws {
    let (journal, gate) = (Journal(), Gate())
    let workflow = Workflow(name: "test", broker: kind.make(), resources: ["cuda": 100])
    let options = StageOptions(demands: hasGates ? ["cuda": 1] : .none)
    try workflow.addStage("a", instances: .perWorker { Life(journal: journal, gate: gate) }, options: options)
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<20)
    await gate.arrivals(1)
    try await workflow.setWorkers(4, at: "a")
    await gate.arrivals(4)
    #expect(journal.count(of: "warm") == 4)
    try await workflow.setWorkers(2, at: "a")
    let stage = try workflow.engine.stages[0]
    #expect(stage.load.running == 4)
    gate.open()
    for run in runs { try await run.completion() }
    await eventually { journal.count(of: "down") == 2 }
    #expect(stage.slots.count == 2)
    try await workflow.setWorkers(3, at: "a")
    for run in try await workflow.submit(contentsOf: 0..<20) { try await run.completion() }
    try await workflow.close()
    #expect(journal.count(of: "warm") == 5 && journal.count(of: "down") == 5)
  }

  @Test("changed all the time, nothing is lost and every handler is shut down once")
  func often() async throws {
    let (journal, gate) = (Journal(), Gate())
    gate.open()
    try await withWorkflow { workflow in
      try workflow.addStage("a", instances: .perWorker { Life(journal: journal, gate: gate) })
    } use: { workflow, _ in
      let runs = try await workflow.submit(contentsOf: 0..<2_000)
      for n in 0..<100 { try await workflow.setWorkers(1 + n % 5, at: "a") }
      for run in runs { try await run.completion() }
    }
    #expect(journal.count(of: "warm") == journal.count(of: "down"))
  }

  @Test("a number that makes no sense, an unknown stage, and threads are refused with a remedy") func mistakes()
    async throws
  {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
      try workflow.pass("threads", Int.self, options: .init(taskQueue: .threads(1)))
    } use: { workflow, _ in
      for (count, stage, part) in [(0, "a", "at least 1"), (1, "b", "\"threads\""), (2, "threads", ".concurrent")] {
        let error = try await tadweenError { try await workflow.setWorkers(count, at: stage) }
        #expect(error.code == .invalidArgument && error.message.contains(part), "\(error)")
      }
    }
  }

  @Test("a warm-up that fails leaves the number as it was") func warmUp() async throws {
    let fails = Locked(false)
    try await withWorkflow { workflow in
      try workflow.addStage("a", instances: .perWorker { try Fragile(fails: fails.withLock { $0 }) })
    } use: { workflow, _ in
      fails.withLock { $0 = true }
      let error = try await tadweenError { try await workflow.setWorkers(2, at: "a") }
      #expect(error.code == .warmUpFailed && error.message.contains("\"a\""))
      #expect(try workflow.engine.stages[0].slots.count == 1)
      try await workflow.submit(1).completion()
    }
  }

  private struct Fragile: Handler {
    init(fails: Bool) throws { if fails { throw Trouble("no model") } }
    func run(_ n: Int, context: HandlerContext) async throws -> Int { n }
  }
}
