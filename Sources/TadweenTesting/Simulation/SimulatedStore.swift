import Tadween

/// What is behind the connections of one simulated broker: another broker, and which delivery of each piece of work is
/// the current one.
///
/// The base numbers deliveries as it does; a delivery that is made anew without the base's knowing gets a higher number
/// here, and what names an older one is refused here.
final class SimulatedStore: Sendable {
  /// A delivery's name, as engines know it.
  struct Name: Hashable, Sendable {
    let run: RunID
    let key: DeliveryKey

    init(_ run: RunID, _ key: DeliveryKey) { (self.run, self.key) = (run, key) }
  }

  let base: any Broker
  let world: SimulatedWorld
  let handsOver: Bool
  let state = Locked(State())

  init(_ base: any Broker, in world: SimulatedWorld, handsOver: Bool) {
    precondition(
      base.handsOver, "a simulated broker stands on one that hands over, not on one that has to be received from")
    self.base = base
    self.world = world
    self.handsOver = handsOver
  }

  /// - Returns: What is unfinished, each delivered anew; but for what too many processes have died over (rule R11).
  func open(_ graph: WorkflowGraph, for connection: SimulatedBroker) async throws -> Recovery {
    let isFirst = state.withLock { state in
      defer { state.isOpen = true }
      state.connection = connection
      return !state.isOpen
    }
    if isFirst { return try await base.open(graph, observer: self) }
    let open = state.withLock { state in state.open.values.sorted { $0.order < $1.order } }
    var recovery = Recovery()
    for open in open where open.outer.ticket?.end == nil {
      let crashes = state.withLock { $0.countCrash(of: open.outer) }
      if crashes > RunLedger.crashesSurvived {
        let failure = Failure(
          kind: .crashed, typeName: "Crash", messages: ["its process died \(crashes) times while it ran"],
          stage: graph[open.outer.stage].name, scope: open.outer.scope, attempt: Int(open.outer.key.attempt))
        recovery.deliveries += try await commit([Transition(of: open.outer, .failed(failure))]).deliveries
      } else if let delivery = renew(open.outer) {
        recovery.deliveries.append(delivery)
      }
    }
    recovery.parked = try await parked(atMost: .max)
    return recovery
  }

  func submit(_ runs: [NewRun]) async throws -> SubmitResult {
    var result = try await base.submit(runs)
    result.submissions = result.submissions.map { submission in
      switch submission {
      case .created(let ticket): .created(wrap(ticket))
      case .existing(let ticket): .existing(wrap(ticket))
      case .conflict(let run): .conflict(run)
      }
    }
    result.deliveries = admit(result.deliveries)
    return result
  }

  func commit(_ transitions: [Transition]) async throws -> CommitResult {
    var known: [(position: Int, transition: Transition)] = []
    var stale: [Int] = []
    for (position, transition) in transitions.enumerated() {
      if let inner = state.withLock({ $0.inner[Name(transition.run, transition.key)] ?? nil }) {
        known.append((position, Transition(of: inner, transition.ending)))
      } else {
        stale.append(position)
      }
    }
    var result = try await base.commit(known.map(\.transition))
    let refused = Set(result.stale)
    state.withLock { state in
      for (index, (_, transition)) in known.enumerated() where !refused.contains(index) {
        let work = Work(transition.run, transition.key)
        if state.open[work]?.inner.key == transition.key { state.open[work] = nil }
      }
    }
    result.stale = (stale + result.stale.map { known[$0].position }).sorted()
    result.cut = result.cut.map { known[$0].position }
    return changed(result)
  }

  func control(_ command: RunCommand) async throws -> CommitResult {
    let command: RunCommand =
      switch command {
      case .cancel(let ticket, let cause): .cancel(inner(ticket), because: cause)
      case .redrive(let ticket, let letters): .redrive(inner(ticket), letters)
      case .unpark(let ticket, let key, let decision): .unpark(inner(ticket), inner(key, of: ticket.run), decision)
      }
    return changed(try await base.control(command), of: command.run)
  }

  func inner(_ ticket: any RunTicket) -> any RunTicket { (ticket as? SimulatedTicket)?.base ?? ticket }

  /// What the base calls what engines know under a number that grew with each delivery made anew.
  private func inner(_ key: DeliveryKey, of run: RunID) -> DeliveryKey {
    let offset = state.withLock { $0.offsets[Work(run, key), default: 0] }
    return DeliveryKey(
      activation: key.activation, generation: key.generation, attempt: key.attempt, number: key.number - offset)
  }

  /// The same commit once more must change nothing.
  func repeats(_ transitions: [Transition], of first: CommitResult) async throws {
    let second = try await commit(transitions)
    guard second.stale != first.stale || !second.deliveries.isEmpty else { return }
    world.complain(
      "a commit that came twice made \(second.deliveries.count) messages ready and was refused at \(second.stale), the "
        + "first time at \(first.stale)")
  }

  /// The next delivery of the same work, where the one given is still the current one.
  func renew(_ delivery: Delivery) -> Delivery? {
    state.withLock { state -> Delivery? in
      let work = Work(delivery.run, delivery.key)
      guard let open = state.open[work], open.outer.key == delivery.key else { return nil }
      state.offsets[work, default: 0] += 1
      state.inner[Name(delivery.run, delivery.key)] = .some(nil)
      return state.hand(open.inner, order: open.order)
    }
  }

  /// Whether a worker may take the delivery up. What the base knows to be begun stays open until it ends, so that it is not
  /// asked for a delivery that took the place of such a one.
  func begin(_ name: Name) -> Bool {
    let (inner, isAnew) = state.withLock { state -> (Delivery?, Bool) in
      guard state.open[Work(name.run, name.key)]?.outer.key == name.key, let inner = state.inner[name] ?? nil else {
        return (nil, false)
      }
      let isFirst = state.begun.insert(name).inserted
      let isKnown = !state.begunInside.insert(Name(name.run, inner.key)).inserted
      return (inner, isFirst && isKnown)
    }
    guard let inner else { return false }
    return isAnew || inner.ticket?.begin(inner.key) ?? true
  }

  private func changed(_ result: CommitResult, of run: RunID? = nil) -> CommitResult {
    var result = result
    (result.interrupts, result.withdrawn) = state.withLock { state in
      (result.interrupts.compactMap { state.outer(of: $0) }, result.withdrawn.compactMap { state.outer(of: $0) })
    }
    if let run, let redrive = result.redrive {
      // The base refuses what still comes of it.
      state.withLock { state in for activation in redrive.all { state.open[Work(run, activation)] = nil } }
    }
    result.deliveries = admit(result.deliveries)
    return result
  }

  private func admit(_ deliveries: [Delivery]) -> [Delivery] {
    for delivery in deliveries { if let ticket = delivery.ticket { _ = wrap(ticket) } }
    return state.withLock { state in
      deliveries.map { delivery in
        state.count += 1
        return state.hand(delivery, order: state.count)
      }
    }
  }

  func wrap(_ ticket: any RunTicket) -> SimulatedTicket {
    let run = ticket.run
    return state.withLock { state in
      if let known = state.tickets[run] { return known }
      let wrapped = SimulatedTicket(ticket, store: self)
      state.tickets[run] = wrapped
      return wrapped
    }
  }
}

extension SimulatedStore: RunObserver {
  func runsDidComplete(_ ends: [RunEnd]) {
    let connection = state.withLock { state in
      for end in ends { state.complete[end.run, default: [:]][end.round, default: 0] += 1 }
      return state.connection
    }
    for end in ends where state.withLock({ $0.complete[end.run]?[end.round] ?? 0 }) > 1 {
      world.complain("round \(end.round) of run \(end.run) became complete twice")
    }
    connection?.tell(ends)
  }
}

extension RunCommand {
  fileprivate var run: RunID {
    switch self {
    case .cancel(let ticket, _), .redrive(let ticket, _), .unpark(let ticket, _, _): ticket.run
    }
  }
}

extension Redrive {
  fileprivate var all: [Activation] { reopened + takenBack }
}
