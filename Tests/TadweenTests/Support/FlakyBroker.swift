import Tadween

/// A broker that throws the first times that it is called, before anything has changed.
final class FlakyBroker: Broker {
  enum Call: Hashable, Sendable { case submit, receive, commit, control, close }

  private let base: InMemoryBroker
  /// How often each call still throws.
  private let due: Locked<[Call: Int]>

  init(_ base: InMemoryBroker = .inMemory, failing due: [Call: Int] = [:]) {
    self.base = base
    self.due = Locked(due)
  }

  func fail(_ call: Call, times: Int = 1) { due.withLock { $0[call] = times } }

  var handsOver: Bool { base.handsOver }
  var payloadEncoding: PayloadEncoding? { base.payloadEncoding }

  func open(_ graph: WorkflowGraph, observer: any RunObserver) throws -> Recovery {
    try base.open(graph, observer: observer)
  }

  func submit(_ runs: [NewRun]) throws -> SubmitResult {
    try stumble(.submit)
    return try base.submit(runs)
  }

  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    try stumble(.receive)
    return try await base.receive(from: stage, atMost: limit)
  }

  func commit(_ transitions: [Transition]) throws -> CommitResult {
    try stumble(.commit)
    return try base.commit(transitions)
  }

  func control(_ command: RunCommand) throws -> CommitResult {
    try stumble(.control)
    return try base.control(command)
  }

  func close(timeout: Duration?) throws {
    try stumble(.close)
    base.close(timeout: timeout)
  }

  private func stumble(_ call: Call) throws {
    let left = due.withLock { due in
      defer { due[call] = max(0, due[call, default: 0] - 1) }
      return due[call, default: 0]
    }
    if left > 0 { throw Trouble("the disk is full") }
  }
}
