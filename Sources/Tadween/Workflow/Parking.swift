internal import Logging
internal import TadweenCore

/// The parked activations, so that a decision ends the wait for their deadline, and so that they can be told of.
final class Parking: Sendable {
  struct Entry: Sendable {
    let failure: Failure
    let ticket: any RunTicket
    /// When it was parked, and when it fails; on the engine's own clock.
    let since: Duration
    let due: Duration
    /// Open once somebody has decided, or nobody needs to any more.
    let isOver = Latch<Void>()
  }

  private let entries = Locked<[DeliveryID: Entry]>([:])

  /// Makes known what is about to be parked: before it is committed, for it may be decided about at once then.
  ///
  /// - Returns: What was not known.
  func begin(_ transitions: [Transition], _ park: Park, at now: Duration) -> [DeliveryID: Entry] {
    var begun: [DeliveryID: Entry] = [:]
    for transition in transitions {
      guard case .parked(let failure) = transition.ending, let ticket = transition.ticket else { continue }
      begun[transition.parkingID] = Entry(failure: failure, ticket: ticket, since: now, due: now + park.deadline)
    }
    if begun.isEmpty { return begun }
    return entries.withLock { entries in
      // It came twice: the wait for the first one's deadline goes on.
      begun = begun.filter { entries[$0.key] == nil }
      entries.merge(begun) { known, _ in known }
      return begun
    }
  }

  /// Makes known what a process that died had parked.
  func begin(_ stored: StoredParked, until due: Duration, at now: Duration) -> Entry {
    let entry = Entry(failure: stored.parked.failure, ticket: stored.ticket, since: now, due: due)
    entries.withLock { $0[DeliveryID(run: stored.parked.run, key: stored.parked.key)] = entry }
    return entry
  }

  func end(_ parked: [DeliveryID]) {
    let ended = entries.withLock { entries in parked.compactMap { entries.removeValue(forKey: $0) } }
    for entry in ended { entry.isOver.open(()) }
  }

  /// What is parked at a stage, what fails first before the others.
  func entries(at stage: StageID) -> [(activation: Activation, entry: Entry)] {
    entries.withLock { $0 }.map { ($0.key.key.activation, $0.value) }
      .filter { $0.0.stage == stage && $0.1.ticket.end == nil }
      .sorted { ($0.1.due, $0.0) < ($1.1.due, $1.0) }
  }
}

extension Transition {
  /// What it is called once it is parked.
  fileprivate var parkingID: DeliveryID { DeliveryID(run: run, key: key.parked) }
}

/// Deadlines of what is parked, and what somebody decides.
extension Engine {
  /// Fails what was parked just now, if nobody has decided by its deadline.
  ///
  /// - Parameter begun: What was not known before the commit.
  func watchParked(_ transitions: [Transition], _ result: CommitResult, _ begun: [DeliveryID: Parking.Entry]) {
    for (position, transition) in transitions.enumerated() {
      guard let entry = begun[transition.parkingID] else { continue }
      if result.cut.contains(position) || result.stale.contains(position) {
        parking.end([transition.parkingID])
        continue
      }
      failAtDeadline(entry, transition.key.parked)
    }
  }

  /// The same for what was parked when the broker opened. Where nothing is parked any more, it fails at once.
  func watchParked(_ recovered: [StoredParked]) {
    let now = time.now
    for stored in recovered {
      let deadline = stages[Int(stored.parked.key.activation.stage.index)].options.park?.deadline ?? .zero
      failAtDeadline(parking.begin(stored, until: now + deadline, at: now), stored.parked.key)
    }
  }

  private func failAtDeadline(_ entry: Parking.Entry, _ key: DeliveryKey) {
    dispatch.yield(
      Errand { engine in
        let waiting = await engine.clock.wait(atMost: entry.due - engine.time.now) { try await entry.isOver.wait() }
        guard waiting == .timedOut else { return }
        await engine.insist("what was parked did not fail at its deadline, which will be repeated") {
          try await engine.unpark(entry.ticket, key, .fail)
        }
      })
  }

  /// - Returns: False where it is parked no longer.
  @discardableResult
  func unpark(_ ticket: any RunTicket, _ key: DeliveryKey, _ decision: ParkDecision) async throws -> Bool {
    let result = try await control(.unpark(ticket, key, decision))
    parking.end([DeliveryID(run: ticket.run, key: key)])
    return result.stale.isEmpty
  }

  /// Does again what failed in a run. Nil where nothing had.
  ///
  /// - Parameter letters: nil: all of it, and in a cancelled run what was cut.
  func redrive(_ ticket: any RunTicket, _ letters: [DeadLetter.ID]?) async throws -> Run? {
    // Counted before it is open again: it may be complete again before the broker has said so.
    guard intake.admit(1) else { throw closed() }
    redriveRounds.withLock { $0.begin(ticket.run, in: ticket.round) }
    let result: CommitResult
    do {
      try await holdUnits(of: ticket)
      result = try await control(.redrive(ticket, letters))
    } catch {
      giveUnitsBack(of: ticket)
      if countRounds(of: ticket) > 0 { runClock?.begin(ticket, round: ticket.round) }
      throw isWorking ? error : closed()
    }
    countRounds(of: ticket)
    let redrive = result.redrive ?? Redrive()
    if redrive.isEmpty {
      giveUnitsBack(of: ticket)
      return nil
    }
    runClock?.begin(ticket, round: redrive.round)
    events.emit {
      .redriven(ticket.run, again: redrive.reopened.count, takenBack: redrive.takenBack.count)
    }
    return Run(engine: self, ticket: ticket, round: redrive.round)
  }

  /// Counts what a redrive has reopened, of which one is counted already.
  ///
  /// - Returns: How many rounds.
  @discardableResult
  private func countRounds(of ticket: any RunTicket) -> Int {
    let begun = redriveRounds.withLock { $0.end(ticket.run, in: ticket.round) }
    admission?.add(begun)
    if begun == 0 { intake.dismiss(1) } else { intake.admit(begun - 1) }
    return begun
  }

  /// The stage that demands units for whole runs; nil: none does.
  var runDemander: StageRuntime? { stages.first { !$0.options.demands.ofRun.isEmpty } }

  /// A complete run gave its units back, and takes them again before it is open again (rule R15).
  private func holdUnits(of ticket: any RunTicket) async throws {
    guard let stage = runDemander, ticket.end != nil, ticket.hasEnded(stage.id) else { return }
    try await desk?.reserve(ticket.run, of: stage.id)
  }

  /// It stayed complete.
  private func giveUnitsBack(of ticket: any RunTicket) { if ticket.end != nil { desk?.complete([ticket.run]) } }
}
