public import Tadween

/// A broker that loses, repeats and breaks down, as its simulation draws it; see ``SimulatedWorld/broker(over:handsOver:)``.
///
/// It is one process's connection to the store behind it. After ``crash()`` the connection is dead and the runs are still
/// there: ``restarted()`` is the next process's.
public final class SimulatedBroker: Broker {
  let store: SimulatedStore
  private let state = Locked(State())

  private struct State {
    var observer: (any RunObserver)?
    var mailboxes: [Mailbox] = []
    var late: [Task<Void, Never>] = []
    var isDead = false
    /// How many commits are left until the process dies; nil: it lives.
    var commitsToLive: Int?
    var atDeath: (@Sendable () -> Void)?
    /// Answers that were lost on their way, for when the commit is repeated.
    var lostAnswers: [SimulatedStore.Name: CommitResult] = [:]
  }

  init(_ store: SimulatedStore) { self.store = store }

  private var world: SimulatedWorld { store.world }
  public var handsOver: Bool { store.handsOver }
  public var payloadEncoding: PayloadEncoding? { store.base.payloadEncoding }

  /// The process that uses this broker dies, now: its workflow stops where it is, and nothing that it still does reaches
  /// the store. What it has not committed is ready again for the next process.
  public func crash() {
    let (observer, mailboxes, late, atDeath) = state.withLock { state in
      defer { (state.isDead, state.observer, state.late, state.atDeath) = (true, nil, [], nil) }
      return (state.observer, state.mailboxes, state.late, state.atDeath)
    }
    world.note(.crashed)
    for task in late { task.cancel() }
    for mailbox in mailboxes { mailbox.close() }
    (observer as? any Mortal)?.die()
    atDeath?()
  }

  /// A new process's connection to the same runs. A workflow that is built with it goes on with what was unfinished;
  /// submit with the same ids as before to get the runs' handles.
  public func restarted() -> SimulatedBroker { SimulatedBroker(store) }

  /// Has the process die at a commit to come.
  func crash(afterCommits count: Int, _ atDeath: @escaping @Sendable () -> Void) {
    state.withLock { ($0.commitsToLive, $0.atDeath) = (count, atDeath) }
  }

  var isDead: Bool { state.withLock { $0.isDead } }

  public func open(_ graph: WorkflowGraph, observer: any RunObserver) async throws -> Recovery {
    try checkLife()
    state.withLock { state in
      state.observer = observer
      if !handsOver { state.mailboxes = graph.stages.map { _ in Mailbox() } }
    }
    return try await store.open(graph, for: self)
  }

  public func submit(_ runs: [NewRun]) async throws -> SubmitResult {
    try checkLife()
    var result = try await store.submit(runs)
    (result.deliveries, result.announced) = send(result.deliveries)
    return result
  }

  public func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    try checkLife()
    let mailbox = state.withLock { state in state.mailboxes.isEmpty ? nil : state.mailboxes[Int(stage.index)] }
    return await mailbox?.receive(atMost: limit) ?? []
  }

  public func commit(_ transitions: [Transition]) async throws -> CommitResult {
    try checkLife()
    let name = transitions.first.map { SimulatedStore.Name($0.run, $0.key) }
    if let name, let answer = state.withLock({ $0.lostAnswers.removeValue(forKey: name) }) { return answer }
    let dies = state.withLock { state in
      state.commitsToLive = state.commitsToLive.map { $0 - 1 }
      return state.commitsToLive == 0
    }
    let fails = dies || world.occurs(.commitThrew)
    if fails, world.flip() {
      if dies { crash() }
      throw Trouble(what: "a commit did not reach the broker")
    }
    var result = try await store.commit(transitions)
    if world.occurs(.commitDoubled) { try await store.repeats(transitions, of: result) }
    if dies {
      crash()
      throw Trouble(what: "the process died")
    }
    (result.deliveries, result.announced) = send(result.deliveries)
    guard fails else { return result }
    if let name { state.withLock { $0.lostAnswers[name] = result } }
    throw Trouble(what: "the answer to a commit was lost")
  }

  public func control(_ command: RunCommand) async throws -> CommitResult {
    try checkLife()
    var result = try await store.control(command)
    (result.deliveries, result.announced) = send(result.deliveries)
    return result
  }

  public func close(timeout: Duration?) {
    let (mailboxes, late) = state.withLock { state in
      defer { (state.observer, state.late) = (nil, []) }
      return (state.mailboxes, state.late)
    }
    for task in late { task.cancel() }
    for mailbox in mailboxes { mailbox.close() }
  }

  func tell(_ ends: [RunEnd]) { state.withLock { $0.observer }?.runsDidComplete(ends) }

  func checkLife() throws {
    if isDead { throw Trouble(what: "the process that uses this broker is dead") }
  }
}

/// The way of messages to the engine.
extension SimulatedBroker {
  /// - Returns: What is handed over, and how many are to be received.
  private func send(_ deliveries: [Delivery]) -> (deliveries: [Delivery], announced: [StageID: Int]) {
    if handsOver {
      return (deliveries.flatMap { world.occurs(.deliveryDoubled) ? [$0, $0] : [$0] }, [:])
    }
    var announced: [StageID: Int] = [:]
    for delivery in deliveries {
      announced[delivery.stage, default: 0] += 1
      if world.occurs(.deliveryLost) {
        deliverAnew(delivery)
        continue
      }
      put(delivery)
      guard world.occurs(.deliveryDoubled) else { continue }
      announced[delivery.stage, default: 0] += 1
      if world.flip() { deliverAnew(delivery) } else { put(delivery) }
    }
    return ([], announced)
  }

  private func put(_ delivery: Delivery) {
    state.withLock { state in state.mailboxes.isEmpty ? nil : state.mailboxes[Int(delivery.stage.index)] }?.put(
      delivery)
  }

  /// Delivers the work once more, under the next number. What has ended by then comes as it was, to be dropped: what was
  /// announced is received.
  private func deliverAnew(_ delivery: Delivery) {
    // The broker's own: whoever committed does not wait for it.
    let task = Task(executorPreference: world.executor) { [self] in
      guard (try? await world.clock.sleep(for: world.duration(upTo: world.faults.redelivery))) != nil else { return }
      put(store.renew(delivery) ?? delivery)
    }
    state.withLock { $0.late.append(task) }
  }
}

/// What a broker throws when the simulation says so.
struct Trouble: Error, CustomStringConvertible {
  let what: String
  var description: String { what }
}
