import Tadween

/// One broker at work on one graph, driven as an engine drives it, and everything that it gives out.
final class BrokerDriver: Sendable {
  let check: BrokerContract.Check
  let broker: any Broker
  let graph: WorkflowGraph
  let log: CompletionLog
  private let wait: Wait
  private let inbox = Locked(Inbox())

  private struct Inbox {
    var waiting: [Delivery] = []
    var seen: Set<Seen> = []
    /// What was given out more than once.
    var repeated: [Delivery] = []
    var failure: (any Error)?
    var readers = WaitList<Void>()

    mutating func take(where isMeant: (Delivery) -> Bool) throws -> Delivery? {
      if let index = waiting.firstIndex(where: isMeant) { return waiting.remove(at: index) }
      if let failure { throw failure }
      return nil
    }
  }

  private struct Seen: Hashable {
    let run: RunID
    let key: DeliveryKey
  }

  init(_ check: BrokerContract.Check, _ broker: any Broker, _ graph: WorkflowGraph, _ wait: Wait) {
    (self.check, self.broker, self.graph, self.wait) = (check, broker, graph, wait)
    log = CompletionLog(wait)
  }
}

/// Asking the broker.
extension BrokerDriver {
  func open() async throws {
    let recovery = try await broker.open(graph, observer: log)
    try require(
      recovery.deliveries.isEmpty, "a fresh broker found \(recovery.deliveries.count) unfinished activations.")
  }

  func submit(_ runs: [NewRun]) async throws -> [Submission] {
    let result = try await wait.for("a submit to return") { try await broker.submit(runs) }
    put(result.deliveries)
    try require(
      result.submissions.count == runs.count, "\(runs.count) submissions had \(result.submissions.count) answers.")
    return result.submissions
  }

  /// Submits one run, which has to be new.
  @discardableResult
  func start(_ payload: Payload, at entry: String, callerID: String? = nil) async throws -> any RunTicket {
    let run = NewRun(callerID: callerID, entry: try stage(entry), payload: payload)
    guard case .created(let ticket) = try await submit([run])[0] else {
      throw failure("a new submission did not create a run.")
    }
    return ticket
  }

  func commit(_ transitions: [Transition]) async throws -> CommitResult {
    let result = try await wait.for("a commit to return") { try await broker.commit(transitions) }
    put(result.deliveries)
    return result
  }

  /// Commits the end of one activation, which has to be accepted.
  @discardableResult
  func end(_ delivery: Delivery, _ ending: Ending) async throws -> CommitResult {
    let result = try await commit([Transition(of: delivery, ending)])
    try require(result.stale.isEmpty, "the end of stage \"\(graph[delivery.stage].name)\" was refused as stale.")
    return result
  }

  /// As a check does that looks at `receive` itself; others are fed.
  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    try await wait.for("a receive to return") { try await broker.receive(from: stage, atMost: limit) }
  }

  @discardableResult
  func cancel(_ ticket: any RunTicket, because cause: Failure? = nil) async throws -> CommitResult {
    try await control(.cancel(ticket, because: cause), "a cancel")
  }

  /// Redrives what is named, as stages; nil: all of it.
  @discardableResult
  func redrive(_ ticket: any RunTicket, _ stages: [String]? = nil) async throws -> Redrive {
    let letters = try stages?.map { DeadLetter.ID(Activation(stage: try stage($0))) }
    let result = try await control(.redrive(ticket, letters), "a redrive")
    guard let redrive = result.redrive else { throw failure("a redrive did not say what it took back.") }
    return redrive
  }

  /// Decides about what was parked after this delivery.
  @discardableResult
  func unpark(_ parked: Delivery, _ run: any RunTicket, _ decision: ParkDecision) async throws -> CommitResult {
    let key = parked.key
    let current = DeliveryKey(
      activation: key.activation, generation: key.generation, attempt: key.attempt, number: key.number + 1)
    return try await control(.unpark(run, current, decision), "a decision")
  }

  private func control(_ command: RunCommand, _ what: String) async throws -> CommitResult {
    let result = try await wait.for("\(what) to return") { try await broker.control(command) }
    put(result.deliveries)
    return result
  }
}

/// What it gives out.
extension BrokerDriver {
  /// Brings messages from a broker that does not hand them over.
  func feed(_ stage: StageID) async {
    do {
      while true {
        let batch = try await broker.receive(from: stage, atMost: 256)
        if batch.isEmpty { return }
        if let stray = batch.first(where: { $0.stage != stage }) {
          throw failure("stage \"\(graph[stage].name)\" received a delivery of stage \"\(graph[stray.stage].name)\".")
        }
        put(batch)
      }
    } catch {
      // A driver that is done cancels its feeders, which may throw then.
      if Task.isCancelled { return }
      let readers = inbox.withLock { inbox in
        inbox.failure = error
        return inbox.readers.takeAll()
      }
      for reader in readers { reader.resume() }
    }
  }

  func put(_ deliveries: [Delivery]) {
    if deliveries.isEmpty { return }
    let readers = inbox.withLock { inbox in
      for delivery in deliveries {
        let isNew = inbox.seen.insert(Seen(run: delivery.run, key: delivery.key)).inserted
        if isNew { inbox.waiting.append(delivery) } else { inbox.repeated.append(delivery) }
      }
      return inbox.readers.takeAll()
    }
    for reader in readers { reader.resume() }
  }

  /// The next delivery at a stage, of this run where one is named. Suspends until a broker that does not hand over
  /// gives it out.
  func next(at name: String, of run: RunID? = nil) async throws -> Delivery {
    let stage = try stage(name)
    let isMeant = { (delivery: Delivery) in delivery.stage == stage && (run == nil || delivery.run == run) }
    while true {
      if let delivery = try inbox.withLock({ try $0.take(where: isMeant) }) { return delivery }
      if broker.handsOver { throw failure("nothing became ready at stage \"\(name)\".") }
      try await wait.for("a delivery at stage \"\(name)\"") {
        try await inbox.wait(in: \.readers) { inbox in
          inbox.failure != nil || inbox.waiting.contains(where: isMeant) ? .success(()) : nil
        }
      }
    }
  }

  /// Takes the next delivery at a stage up, as a worker does.
  func begin(at name: String, of run: RunID? = nil) async throws -> Delivery {
    let delivery = try await next(at: name, of: run)
    try require(
      begin(delivery), "a delivery at stage \"\(name)\" could not be begun, though nothing had happened to it.")
    return delivery
  }

  func begin(_ delivery: Delivery) -> Bool { delivery.ticket?.begin(delivery.key) ?? true }

  /// Takes the next delivery at a stage up, and succeeds with a number.
  @discardableResult
  func work(at name: String, of run: RunID? = nil, giving output: Int = 0) async throws -> Delivery {
    let delivery = try await begin(at: name, of: run)
    try await end(delivery, success(output))
    return delivery
  }

  /// Nothing was given out that was not taken, and nothing twice.
  func requireNothingMore() throws {
    let (waiting, repeated) = inbox.withLock { ($0.waiting, $0.repeated) }
    func names(_ deliveries: [Delivery]) -> String {
      deliveries.map { "\"\(graph[$0.stage].name)\"" }.joined(separator: ", ")
    }
    try require(repeated.isEmpty, "the same delivery was given out again, at \(names(repeated)).")
    try require(waiting.isEmpty, "more became ready than should have, at \(names(waiting)).")
  }
}
