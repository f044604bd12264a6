internal import Logging
internal import TadweenCore

/// The parked activations whose deadline somebody waits for, so that a decision ends that wait.
final class Parking: Sendable {
  private let waits = Locked<[DeliveryID: Latch<Void>]>([:])

  func begin(_ parked: DeliveryID) -> Latch<Void> {
    let latch = Latch<Void>()
    waits.withLock { $0[parked] = latch }
    return latch
  }

  func end(_ parked: DeliveryID) {
    waits.withLock { $0.removeValue(forKey: parked) }?.open(())
  }
}

/// Deadlines of what is parked, and what somebody decides.
extension Engine {
  /// Fails what was parked just now, if nobody has decided by its deadline.
  func watchParked(_ transitions: [Transition], _ result: CommitResult, _ park: Park) {
    for (position, transition) in transitions.enumerated() {
      guard case .parked = transition.ending, let ticket = transition.ticket, !result.cut.contains(position),
        !result.stale.contains(position)
      else { continue }
      let key = transition.key.parked
      let wait = DeliveryID(run: transition.run, key: key)
      let decision = parking.begin(wait)
      dispatch.yield(
        Errand { engine in
          let waiting = await engine.clock.wait(atMost: park.deadline) { try await decision.wait() }
          guard waiting == .timedOut else { return }
          do {
            try await engine.unpark(ticket, key, .fail)
          } catch {
            engine.logger.error("what was parked did not fail at its deadline", metadata: ["tadween.error": "\(error)"])
          }
        })
    }
  }

  /// - Returns: False where it is parked no longer.
  @discardableResult
  func unpark(_ ticket: any RunTicket, _ key: DeliveryKey, _ decision: ParkDecision) async throws -> Bool {
    let result = try await control(.unpark(ticket, key, decision))
    parking.end(DeliveryID(run: ticket.run, key: key))
    return result.stale.isEmpty
  }

  /// Does again what failed in a run. Nil where nothing had.
  ///
  /// - Parameter letters: nil: all of it, and in a cancelled run what was cut.
  func redrive(_ ticket: any RunTicket, _ letters: [DeadLetter.ID]?) async throws -> Run? {
    // Counted before it is open again: it may be complete again before the broker has said so.
    guard intake.admit(1) else { throw closed() }
    let result: CommitResult
    do {
      try await holdUnits(of: ticket)
      result = try await control(.redrive(ticket, letters))
    } catch {
      giveUnitsBack(of: ticket)
      intake.dismiss(1)
      throw isWorking ? error : closed()
    }
    let redrive = result.redrive ?? Redrive()
    if redrive.reopensRun { admission?.add(1) } else { intake.dismiss(1) }
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
