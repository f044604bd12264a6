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
