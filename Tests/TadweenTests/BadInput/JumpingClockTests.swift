import TadweenTesting
import Testing

@testable import Tadween

/// A clock that jumps: what is due at once is done once, nothing is lost, and nothing is done too early.
@Suite(.timeLimit(.minutes(1))) struct JumpingClockTests {
  /// Everything that waits for a time, each at a stage of its own.
  private func draw(_ journal: Journal, _ gate: Gate) -> (Workflow) throws -> Void {
    { workflow in
      workflow.state.update { $0[.held] = true }
      try workflow.addStage("retry", options: .init(retry: .fixed(.seconds(10), maxAttempts: 2))) {
        (_: Int, context: HandlerContext) in
        journal.write("retry \(context.attempt)")
        if context.attempt == 1 { throw Trouble("once more") }
      }
      try workflow.addStage("rate", options: .init(rate: RateLimit(1, per: .seconds(10)))) { (n: Int) in
        journal.write("rate \(n)")
      }
      try workflow.addStage("batch", batch: Writing(journal), BatchWindow(upTo: 5, within: .seconds(10)))
      try workflow.pass(
        "deferral", Int.self, options: .init(deferral: Deferral(while: { $0[.held] }, timeout: .seconds(10))))
      try workflow.addStage("timeout", options: .init(timeout: .seconds(10))) { (_: Int) in
        journal.write("timeout")
        try await gate.pass()
      }
      try workflow.addStage("park", options: .init(park: Park(for: .seconds(10)))) { (_: Int) in
        journal.write("park")
        throw Trouble("no")
      }
    }
  }

  /// Submits to each stage, and waits until each waits for a time.
  private func submit(to workflow: Workflow, _ journal: Journal) async throws -> [String: Run] {
    var runs: [String: Run] = [:]
    for stage in ["retry", "rate", "batch", "deferral", "timeout", "park"] {
      runs[stage] = try await workflow.submit(0, to: stage)
    }
    for line in ["retry 1", "rate 0", "timeout", "park"] { try await journal.wait(for: line) }
    runs["rate again"] = try await workflow.submit(1, to: "rate")
    let reasons = try ["retry", "rate again", "batch", "deferral", "park"].map { try #require(runs[$0]) }
    for run in reasons {
      await eventually { ((try? workflow.explain(run)) ?? []).contains { $0.reason.isTimed } }
    }
    return runs
  }

  private func check(_ runs: [String: Run], _ journal: Journal) async throws {
    for name in ["retry", "rate", "rate again", "batch"] { try await runs[name]?.completion() }
    for (name, kind) in [("deferral", Failure.Kind.deferral), ("timeout", .timeout), ("park", .handler)] {
      let error = try await tadweenError { try await runs[name]?.completion() }
      #expect(error.failures.map(\.kind) == [kind])
    }
    #expect(journal.lines.sorted() == ["[0]", "park", "rate 0", "rate 1", "retry 1", "retry 2", "timeout"])
  }

  @Test(arguments: [Duration.seconds(10), .seconds(100 * 365 * 86_400)])
  func forwardsEverythingIsDueOnce(_ leap: Duration) async throws {
    let (clock, journal, gate) = (TestClock(), Journal(), Gate())
    try await withWorkflow(clock: clock, draw: draw(journal, gate)) { workflow, _ in
      let runs = try await submit(to: workflow, journal)
      // A look for each stage with gates or a retry, and a deadline for the attempt and for what is parked.
      try await clock.waitForSleepers(6)
      clock.advance(by: leap)
      try await check(runs, journal)
    }
  }

  @Test func backwardsNothingIsLostAndNothingComesTooEarly() async throws {
    let (clock, journal, gate) = (LeapingClock(), Journal(), Gate())
    try await withWorkflow(clock: clock, draw: draw(journal, gate)) { workflow, _ in
      let runs = try await submit(to: workflow, journal)
      try await clock.base.waitForSleepers(6)
      clock.leap(by: .seconds(-3_600))
      clock.base.advance(by: .seconds(10))
      // Who slept so long does not look at the clock; everybody else waits for the time that it shows.
      for name in ["timeout", "park"] { _ = try await runs[name]?.end() }
      try await clock.base.waitForSleepers(4)
      #expect(journal.lines.sorted() == ["park", "rate 0", "retry 1", "timeout"])
      #expect(["retry", "rate again", "batch", "deferral"].allSatisfy { runs[$0]?.outcome == nil })
      clock.base.advance(by: .seconds(3_600))
      try await check(runs, journal)
    }
  }
}

extension StateKey where Value == Bool {
  fileprivate static let held = StateKey("held", default: false)
}

extension WaitReason {
  /// Whether time alone ends the wait.
  fileprivate var isTimed: Bool {
    switch self {
    case .retry, .rate, .batch, .state, .parked: true
    default: false
    }
  }
}

/// A clock whose hands are moved, while those who sleep by it sleep as long as they meant to.
private final class LeapingClock: Clock {
  struct Instant: InstantProtocol {
    let offset: Duration
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  let base = TestClock()
  private let moved = Locked(Duration.zero)

  var now: Instant { Instant(offset: base.now.offset + moved.withLock { $0 }) }
  var minimumResolution: Duration { base.minimumResolution }

  func leap(by duration: Duration) { moved.withLock { $0 += duration } }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    try await base.sleep(for: now.duration(to: deadline))
  }
}

private struct Writing: BatchHandler {
  let journal: Journal
  init(_ journal: Journal) { self.journal = journal }

  func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
    journal.write("\(inputs)")
    return inputs.map { .success($0) }
  }
}
