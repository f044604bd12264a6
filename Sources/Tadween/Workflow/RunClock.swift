internal import Logging
internal import TadweenCore

/// Ends runs whose time is over (rule R13), in one task, which sleeps until the next of them is due.
final class RunClock: Sendable {
  private struct State: Sendable {
    var deadlines: RunDeadlines
    var idle = WaitList<Void>()
  }

  private let state: Locked<State>
  private let time: Timekeeper

  init(_ timeout: Duration, _ time: Timekeeper) {
    state = Locked(State(deadlines: RunDeadlines(timeout)))
    self.time = time
  }

  /// The run's time begins, or begins anew with a redrive.
  func begin(_ ticket: any RunTicket, round: Int) {
    let now = time.now
    let idle = state.withLock { state in
      state.deadlines.begin(ticket, round: round, at: now)
      return state.idle.takeAll()
    }
    for waiter in idle { waiter.resume() }
    // Complete meanwhile, and perhaps announced before it was in here.
    if ticket.end(of: round) != nil { state.withLock { $0.deadlines.end(ticket.run, round: round) } }
  }

  /// The time of runs that an earlier process submitted, and that waited in its broker until now, begins.
  func meet(_ deliveries: [Delivery]) {
    let entering = deliveries.filter(\.opensRun).compactMap(\.ticket)
    let unknown = state.withLock { state in entering.filter { !state.deadlines.knows($0.run) } }
    for ticket in unknown { begin(ticket, round: ticket.round) }
  }

  func end(_ ends: [RunEnd]) {
    state.withLock { state in for end in ends { state.deadlines.end(end.run, round: end.round) } }
  }

  /// How long the run may still take; nil where its time is over, or it is complete.
  func timeLeft(of run: RunID) -> Duration? {
    let now = time.now
    return state.withLock { $0.deadlines.deadline(of: run) }.map { max($0 - now, .zero) }
  }

  /// Works until it is cancelled.
  func run(_ engine: Engine) async {
    while let due = try? await nextDue() {
      for ticket in due { await engine.timeOut(ticket, after: state.withLock { $0.deadlines.timeout }) }
    }
  }

  /// Suspends while none is due.
  private func nextDue() async throws -> [any RunTicket] {
    try await state.wait(in: \.idle) { $0.deadlines.next() == nil ? nil : .success(()) }
    // Complete by now; whoever is next is waited for in its turn.
    guard let next = state.withLock({ $0.deadlines.next() }) else { return [] }
    try await time.clock.rest(for: next - time.now)
    let now = time.now
    return state.withLock { $0.deadlines.takeDue(at: now) }
  }
}

extension Engine {
  /// The run's time is over: it is cancelled, and has failed of that.
  func timeOut(_ ticket: any RunTicket, after timeout: Duration) async {
    if ticket.end != nil { return }
    let cause = Failure(
      kind: .timeout, typeName: "TadweenError", messages: ["the run took longer than its timeout of \(timeout)"],
      stage: "")
    let metadata: Logger.Metadata = ["tadween.run": "\(ticket.run)", "tadween.timeout": "\(timeout)"]
    logger.warning("a run has reached its deadline and is cancelled", metadata: metadata)
    await insist("a run at its deadline was not cancelled, which will be repeated", metadata) {
      try await control(.cancel(ticket, because: cause))
    }
  }
}
