@testable import Tadween

/// A durable broker whose process dies at a commit: before it is stored, or after it is and before anybody knows.
final class MortalBroker: Broker {
  private let base: any Broker & RunInspection
  private let abandon: @Sendable () -> Void
  private let state: Locked<State>
  private let isStoredAtDeath: Bool

  private struct State {
    var observer: (any RunObserver)?
    /// nil: it lives for ever.
    var commitsToLive: Int?
    var isDead = false
  }

  /// - Parameter abandon: What is left of the base when its process dies.
  init(
    _ base: any Broker & RunInspection, commitsToLive: Int?, isStoredAtDeath: Bool,
    abandon: @escaping @Sendable () -> Void
  ) {
    (self.base, self.isStoredAtDeath, self.abandon) = (base, isStoredAtDeath, abandon)
    state = Locked(State(commitsToLive: commitsToLive))
  }

  var isDead: Bool { state.withLock { $0.isDead } }
  var handsOver: Bool { base.handsOver }
  var payloadEncoding: PayloadEncoding? { base.payloadEncoding }

  private func checkLife() throws { if isDead { throw Trouble("the process is dead") } }

  private func die() {
    let observer = state.withLock { state in
      defer { (state.isDead, state.observer) = (true, nil) }
      return state.observer
    }
    abandon()
    (observer as? any Mortal)?.die()
  }

  func open(_ graph: WorkflowGraph, observer: any RunObserver) async throws -> Recovery {
    state.withLock { $0.observer = observer }
    return try await base.open(graph, observer: observer)
  }

  func submit(_ runs: [NewRun]) async throws -> SubmitResult {
    try checkLife()
    return try await base.submit(runs)
  }

  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    try checkLife()
    return try await base.receive(from: stage, atMost: limit)
  }

  func commit(_ transitions: [Transition]) async throws -> CommitResult {
    try checkLife()
    let dies = state.withLock { state in
      state.commitsToLive = state.commitsToLive.map { $0 - 1 }
      return state.commitsToLive == 0
    }
    if !dies { return try await base.commit(transitions) }
    if isStoredAtDeath { _ = try await base.commit(transitions) }
    die()
    throw Trouble("the process died")
  }

  func control(_ command: RunCommand) async throws -> CommitResult {
    try checkLife()
    return try await base.control(command)
  }

  func close(timeout: Duration?) async throws { if !isDead { try await base.close(timeout: timeout) } }
}

extension MortalBroker: RunInspection {
  func deadLetters(_ filter: DeadLetterFilter, limit: Int) async throws -> [StoredDeadLetter] {
    try checkLife()
    return try await base.deadLetters(filter, limit: limit)
  }

  func deadLetterCount(_ filter: DeadLetterFilter) async throws -> Int {
    try checkLife()
    return try await base.deadLetterCount(filter)
  }

  func parked(limit: Int) async throws -> [StoredParked] {
    try checkLife()
    return try await base.parked(limit: limit)
  }

  func previewRedrive(_ ticket: any RunTicket, _ letters: [DeadLetter.ID]?) async throws -> Redrive {
    try checkLife()
    return try await base.previewRedrive(ticket, letters)
  }
}
