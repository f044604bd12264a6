internal import TadweenCore

/// The way of a submission: room at the entry, the broker, the entry's queue.
extension Engine {
  func newRun(
    _ payload: Payload, to entry: StageID, callerID: String?, priority: Int, _ metadata: Metadata
  ) -> NewRun {
    NewRun(
      id: ids.next(), callerID: callerID, entry: entry, payload: payload, priority: priority, metadata: metadata)
  }

  /// Submits runs to one entry. Waits, cancellably, where as many are unfinished as may be, or the entry's queue is full.
  func submit(_ new: [NewRun], to entry: StageID) async throws -> [Run] {
    let stage = stages[Int(entry.index)]
    let new = try broker.payloadEncoding.map { encoding in try new.map { try encoded($0, encoding) } } ?? new
    var runs: [Run] = []
    runs.reserveCapacity(new.count)
    var rest = new[...]
    while !rest.isEmpty {
      let wanted = min(rest.count, 1_000)
      let admitted = try await admission?.reserve(atMost: wanted) ?? wanted
      let places: Int
      do {
        places = try await stage.reserve(atMost: admitted)
      } catch {
        admission?.release(admitted)
        throw error
      }
      defer { stage.release(places) }
      admission?.release(admitted - places)
      let chunk = rest.prefix(places)
      rest = rest.dropFirst(places)
      try await submit(chunk.count == new.count ? new : Array(chunk), into: &runs)
    }
    return runs
  }

  private func submit(_ new: [NewRun], into runs: inout [Run]) async throws {
    guard intake.admit(new.count) else {
      admission?.release(new.count)
      throw closed()
    }
    let (new, spans) = tracing?.submit(new) ?? (new, [])
    let result: SubmitResult
    do {
      result = try await broker.submit(new)
      tracing?.end(spans, result.submissions)
      logSubmission(of: new)
    } catch {
      tracing?.end(spans, error)
      dismiss(new.count)
      throw error
    }
    try take(result, new.map(\.callerID), at: new.first?.entry, into: &runs)
  }

  /// Submits a run that its broker makes of another.
  func submitFork(
    callerID: String?, _ make: (RunID) async throws -> SubmitResult
  ) async throws -> Run {
    _ = try await admission?.reserve(atMost: 1)
    guard intake.admit(1) else {
      admission?.release(1)
      throw closed()
    }
    let result: SubmitResult
    do {
      result = try await make(ids.next())
    } catch {
      dismiss(1)
      throw error
    }
    var runs: [Run] = []
    try take(result, [callerID], at: nil, into: &runs)
    return runs[0]
  }

  /// What became of submissions.
  private func take(
    _ result: SubmitResult, _ callerIDs: [String?], at entry: StageID?, into runs: inout [Run]
  ) throws {
    var conflict: TadweenError?
    var submitted: [WorkflowEvent] = []
    for (position, submission) in result.submissions.enumerated() {
      switch submission {
      case .created(let ticket):
        runs.append(Run(engine: self, ticket: ticket))
        if events.isObserved { submitted.append(.submitted(ticket.run)) }
      case .existing(let ticket):
        dismiss(1)
        runs.append(Run(engine: self, ticket: ticket, round: ticket.round))
      case .conflict(let id):
        dismiss(1)
        conflict = idConflict(callerIDs[position], id, at: entry)
      }
    }
    // Before anything of them can run.
    if let runClock {
      for case .created(let ticket) in result.submissions { runClock.begin(ticket, round: 0) }
    }
    events.emit(contentsOf: submitted)
    announce(result.announced)
    enqueue(result.deliveries)
    if let conflict { throw conflict }
  }

  /// Runs are complete, or came to nothing.
  private func dismiss(_ runs: Int) {
    intake.dismiss(runs)
    admission?.release(runs)
  }

  private func idConflict(_ callerID: String?, _ id: RunID, at entry: StageID?) -> TadweenError {
    TadweenError(
      .idConflict,
      "The id \"\(callerID ?? "")\" was submitted before with another payload: use a new id, or the same payload.",
      stage: entry.map { graph[$0].name }, run: id)
  }

  /// With its payload as the broker keeps it. What cannot be encoded is refused before anything is counted or stored.
  private func encoded(_ new: NewRun, _ encoding: PayloadEncoding) throws -> NewRun {
    do {
      return NewRun(
        id: new.id, callerID: new.callerID, entry: new.entry, payload: try encoding.encode(new.payload),
        priority: new.priority,
        metadata: new.metadata)
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
    // What the broker completed while it opened was told of, and had not been counted.
    let runs =
      Set(recovery.deliveries.map(\.run) + recovery.parked.map(\.parked.run)).count + recovery.further - intake.count
    log(recovery)
    intake.admit(runs)
    admission?.add(runs)
    if let demander = runDemander {
      let holders = recovery.tickets.filter { $0.hasEnded(demander.id) }.map(\.run)
      desk?.recount(holders, of: demander.id)
    }
    if let runClock {
      var known: Set<RunID> = []
      for ticket in recovery.tickets where known.insert(ticket.run).inserted {
        runClock.begin(ticket, round: ticket.round)
      }
    }
    watchParked(recovery.parked)
    begin(recovery.deliveries)
  }

  func runsDidComplete(_ ends: [RunEnd]) {
    runs.count(ends)
    events.complete(ends)
    log(ends)
    tracing?.forget(ends)
    desk?.complete(ends.map(\.run))
    runClock?.end(ends)
    misses.forget(ends)
    for cache in caches { for end in ends { cache.removeBuckets(of: end.run) } }
    completions.announce(ends)
    dismiss(ends.count)
  }
}
