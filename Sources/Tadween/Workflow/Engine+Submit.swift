internal import TadweenCore

/// The way of a submission: room at the entry, the broker, the entry's queue.
extension Engine {
  func newRun(_ payload: Payload, to entry: StageID, callerID: String?, _ metadata: Metadata) -> NewRun {
    NewRun(id: ids.next(), callerID: callerID, entry: entry, payload: payload, metadata: metadata)
  }

  /// Submits runs to one entry. Waits, cancellably, where the entry's queue is bounded and full.
  func submit(_ new: [NewRun], to entry: StageID) async throws -> [Run] {
    let stage = stages[Int(entry.index)]
    let new = broker.encodesPayloads ? try new.map { try encoded($0) } : new
    var runs: [Run] = []
    runs.reserveCapacity(new.count)
    var rest = new[...]
    while !rest.isEmpty {
      let places = try await stage.reserve(atMost: min(rest.count, 1_000))
      defer { stage.release(places) }
      let chunk = rest.prefix(places)
      rest = rest.dropFirst(places)
      try await submit(chunk.count == new.count ? new : Array(chunk), into: &runs)
    }
    return runs
  }

  private func submit(_ new: [NewRun], into runs: inout [Run]) async throws {
    guard intake.admit(new.count) else { throw closed() }
    let result: SubmitResult
    do {
      result = try await broker.submit(new)
    } catch {
      intake.dismiss(new.count)
      throw error
    }
    var conflict: TadweenError?
    for (position, submission) in result.submissions.enumerated() {
      switch submission {
      case .created(let ticket):
        runs.append(Run(engine: self, ticket: ticket))
        events.emit { .submitted(ticket.run) }
      case .existing(let ticket):
        intake.dismiss(1)
        runs.append(Run(engine: self, ticket: ticket, round: ticket.round))
      case .conflict(let id):
        intake.dismiss(1)
        conflict = idConflict(new[position], id)
      }
    }
    announce(result.announced)
    enqueue(result.deliveries)
    if let conflict { throw conflict }
  }

  private func idConflict(_ new: NewRun, _ id: RunID) -> TadweenError {
    TadweenError(
      .idConflict,
      "The id \"\(new.callerID ?? "")\" was submitted before with another payload: use a new id, or the same payload.",
      stage: graph[new.entry].name, run: id)
  }

  /// With its payload as the broker keeps it. What cannot be encoded is refused before anything is counted or stored.
  private func encoded(_ new: NewRun) throws -> NewRun {
    do {
      return NewRun(
        id: new.id, callerID: new.callerID, entry: new.entry, payload: try new.payload.encoded(), metadata: new.metadata
      )
    } catch {
      let stage = graph[new.entry].name
      throw TadweenError(
        .inputValidation, "The payload for stage \"\(stage)\" cannot be stored: \(explain(error))", stage: stage,
        underlying: error)
    }
  }

  func closed() -> TadweenError {
    stopReason.withLock { $0 } ?? TadweenError(.brokerClosed, "Workflow \"\(name)\" is closing: it takes no more runs.")
  }
}

/// Runs that the broker tells of.
extension Engine: RunObserver {
  /// Goes on with what was unfinished when the broker opened.
  func resume(_ recovery: Recovery) {
    _ = intake.admit(Set(recovery.deliveries.map(\.run)).count)
    enqueue(recovery.deliveries)
  }

  func runsDidComplete(_ ends: [RunEnd]) {
    events.complete(ends)
    completions.announce(ends)
    intake.dismiss(ends.count)
  }
}
