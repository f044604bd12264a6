import Testing

@testable import Tadween

/// Trap 7: a registry of submitted ids that is never pruned.
@Suite struct TaskRunnerMemoryTests {
  private final class Heavy: Sendable {}

  @Test(arguments: Kind.allCases)
  func aRunnerForgetsWhatIsFinished(_ kind: Kind) async throws {
    let core = TaskRunnerCore(queue: .threads(2), clock: HandClock())
    for _ in 0..<1000 { _ = try core.submit(name: nil) { Heavy() } }
    try await core.waitUntilIdle()
    #expect(core.roster.withLock { $0.oldestFirst.isEmpty })
    #expect(core.roster.withLock { $0.lineLength } == 0)
    core.finish()
    await core.roster.withLock { $0.crew }?.value
    await core.queue.close()
  }

  @Test func aResultGoesWithItsTicket() async throws {
    let runner = TaskRunner(.concurrent(1))
    weak var kept: Heavy?
    do {
      let ticket = try runner.submit { Heavy() }
      try await runner.waitAll()
      kept = try await runner.result(of: ticket)
      #expect(kept != nil)
    }
    await eventually { kept == nil }
    try await runner.close()
  }

  @Test func whatATaskHoldsGoesWhenItEnds() async throws {
    let runner = TaskRunner(.concurrent(1))
    let gate = Gate()
    weak var (first, second): (Heavy?, Heavy?)
    var tickets: [TaskTicket<Void>] = []
    do {
      let (one, two) = (Heavy(), Heavy())
      (first, second) = (one, two)
      tickets.append(
        try runner.submit {
          try await gate.pass()
          withExtendedLifetime(one) {}
        })
      tickets.append(try runner.submit { withExtendedLifetime(two) {} })
    }
    await gate.arrivals(1)
    #expect(second != nil)
    runner.cancel(tickets[1])
    #expect(second == nil, "a cancelled task holds nothing, though its place in the line is still there")
    gate.open()
    try await runner.close()
    await eventually { first == nil }
    #expect(tickets.count == 2)
  }

  /// A lock is held for none of it: what a task holds may call back when it goes.
  @Test func whatGoesMayCallTheRunner() async throws {
    final class Caller: Sendable {
      let call: @Sendable () -> Void
      init(_ call: @escaping @Sendable () -> Void) { self.call = call }
      deinit { call() }
    }
    let runner = TaskRunner(.concurrent(1))
    let gate = Gate()
    let seen = Locked([TaskStatus?]())
    let waiting = Locked<TaskTicket<Void>?>(nil)
    try runner.submit { try await gate.pass() }
    do {
      let caller = Caller {
        let ticket = waiting.withLock { $0 }
        seen.withLock { $0.append(ticket.map { $0.record.status }) }
      }
      let ticket = try runner.submit { withExtendedLifetime(caller) {} }
      waiting.withLock { $0 = ticket }
    }
    let ticket = try #require(waiting.withLock { $0 })
    #expect(runner.cancel(ticket))
    #expect(seen.withLock { $0 } == [.cancelled])
    gate.open()
    try await runner.close()
  }

  @Test func cancelledTasksDoNotPileUpInTheLine() async throws {
    let core = TaskRunnerCore(queue: .concurrent(1), clock: HandClock())
    let gate = Gate()
    _ = try core.submit(name: nil) { try await gate.pass() }
    await gate.arrivals(1)
    for _ in 0..<10_000 { #expect(try core.submit(name: nil) {}.cancel() == .waiting) }
    #expect(core.roster.withLock { $0.lineLength } < 100)
    gate.open()
    try await core.waitUntilIdle()
    core.finish()
  }
}
