import Tadween
import Testing

/// A payload may call back when it goes: nobody holds a lock then. It would stop the program here, or hang elsewhere.
@Suite(.timeLimit(.minutes(1))) struct LastCallTests {
  /// A value that makes a call when it goes.
  private final class Caller: Sendable {
    private let call: @Sendable () -> Void
    init(_ call: @escaping @Sendable () -> Void) { self.call = call }
    deinit { call() }
  }

  @Test func itemsOfAGatherThatFallsShortLookAtTheirRun() async throws {
    let run = Locked<Run?>(nil)
    let wall = Wall()
    let journal = Journal()
    try await withWorkflow { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.addStage("item", options: .init(taskQueue: .concurrent(2))) { (n: Int) in
        if n == 0 { return Caller { journal.write("complete: \(run.withLock { $0 }?.outcome != nil)") } }
        await wall.stand()
        throw Trouble("it broke")
      }
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: try workflow.addStage("all") { (_: [Caller]) in })
      return split
    } use: { workflow, split in
      let submitted = try await workflow.submit(2, to: split)
      run.withLock { $0 = submitted }
      await wall.arrivals(1)
      wall.tearDown()
      _ = try await submitted.end()
      try await journal.wait(for: "complete: true")
      run.withLock { $0 = nil }
    }
  }

  @Test func whatACancelledJoinWouldHaveTakenLooksAtItsRun() async throws {
    let run = Locked<Run?>(nil)
    let wall = Wall()
    let journal = Journal()
    try await withWorkflow { workflow in
      let start = try workflow.pass("start", Int.self)
      let quick = try workflow.addStage("quick") { (_: Int) in
        Caller { journal.write("cancelled: \(run.withLock { $0 }?.outcome == .cancelled)") }
      }
      let slow = try workflow.addStage("slow", options: .init(taskQueue: .concurrent(2))) { (_: Int) in
        await wall.stand()
      }
      try workflow.link(start, to: quick)
      try workflow.link(start, to: slow)
      try workflow.join(quick, slow, into: try workflow.pass("both", Int.self)) { _, _ in 1 }
      return (start, quick)
    } use: { workflow, stages in
      let submitted = try await workflow.submit(2, to: stages.0)
      run.withLock { $0 = submitted }
      await wall.arrivals(1)
      // The other one is committed when its stage has nothing to do.
      await eventually { workflow.queueStatistics[1].waiting + workflow.queueStatistics[1].running == 0 }
      try await submitted.cancel()
      wall.tearDown()
      #expect(try await submitted.end().outcome == .cancelled)
      try await journal.wait(for: "cancelled: true")
      run.withLock { $0 = nil }
    }
  }

  @Test func whatTheBrokerRemembersNoLongerAsksTheBroker() async throws {
    let broker = InMemoryBroker(remembered: 1)
    let journal = Journal()
    let workflow = Workflow(name: "calling", broker: broker)
    let first = try workflow.addStage("first") { (_: Caller) in 1 }
    try workflow.link(first, to: try workflow.pass("second", Int.self))
    try await workflow.build()
    let caller = { Caller { journal.write("gone, and the broker answers: \((try? broker.submit([])) != nil)") } }
    try await workflow.submit(caller(), to: first, id: "a").completion()
    try await workflow.submit(Caller {}, to: first, id: "b").completion()
    try await journal.wait(for: "gone, and the broker answers: true")
    try await workflow.close()
  }
}
