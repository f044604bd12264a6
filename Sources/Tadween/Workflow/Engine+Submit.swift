internal import TadweenCore

/// The way of a submission: room at the entry, the broker, the entry's queue.
extension Engine {
  struct Request: Sendable {
    let payload: Payload
    let callerID: String?
    let metadata: Metadata
  }

  /// Submits runs to one entry. Waits, cancellably, where the entry's queue is bounded and full.
  func submit(_ requests: [Request], to entry: StageID) async throws -> [RunRecord] {
    let stage = stages[Int(entry.index)]
    var records: [RunRecord] = []
    records.reserveCapacity(requests.count)
    var rest = requests[...]
    while !rest.isEmpty {
      let chunk = rest.prefix(try await room(at: stage))
      rest = rest.dropFirst(chunk.count)
      try await submit(chunk, to: entry, into: &records)
    }
    return records
  }

  /// How many messages the stage takes now: at least one, 1 000 where it has no bound.
  private func room(at stage: StageRuntime) async throws -> Int {
    guard stage.options.queueBound != nil else { return 1_000 }
    await stage.waitForRoom()
    try Task.checkCancellation()
    return max(1, stage.room ?? 1_000)
  }

  private func submit(_ requests: ArraySlice<Request>, to entry: StageID, into records: inout [RunRecord]) async throws
  {
    let payloads = try requests.map { try stored($0.payload, at: entry) }
    guard intake.admit(requests.count) else { throw closed() }
    let new = zip(requests, payloads).map { request, payload in
      let id = ids.next()
      return NewRun(
        id: id, callerID: request.callerID, entry: entry, payload: payload, metadata: request.metadata,
        observer: RunRecord(id, self))
    }
    let result: SubmitResult
    do {
      result = try await broker.submit(new)
    } catch {
      intake.dismiss(requests.count)
      throw error
    }
    var conflict: TadweenError?
    for (run, submission) in zip(new, result.submissions) {
      guard let record = run.observer as? RunRecord else { continue }
      switch submission {
      case .created(let ticket):
        record.attach(ticket)
        records.append(record)
        events.emit { .submitted(run.id) }
      case .existing(let id, let observer):
        intake.dismiss(1)
        records.append(observer as? RunRecord ?? RunRecord(id, self))
      case .conflict(let id):
        intake.dismiss(1)
        conflict = TadweenError(
          .idConflict,
          "The id \"\(run.callerID ?? "")\" was submitted before with another payload: use a new id, or the same payload.",
          stage: graph[entry].name, run: id)
      }
    }
    enqueue(result.deliveries)
    if let conflict { throw conflict }
  }

  /// The payload as the broker keeps it. What cannot be encoded is refused before anything is counted or stored.
  private func stored(_ payload: Payload, at entry: StageID) throws -> Payload {
    guard broker.encodesPayloads else { return payload }
    do {
      return try payload.encoded()
    } catch {
      throw TadweenError(
        .inputValidation, "The payload for stage \"\(graph[entry].name)\" cannot be stored: \(explain(error))",
        stage: graph[entry].name, underlying: error)
    }
  }

  func closed() -> TadweenError {
    stopReason.withLock { $0 } ?? TadweenError(.brokerClosed, "Workflow \"\(name)\" is closing: it takes no more runs.")
  }

  func runCompleted(_ end: RunEnd) {
    events.hold(completionOf: end.run, end.outcome)
    if !broker.handsOver { registered.withLock { $0[end.run] = nil } }
    intake.dismiss(1)
  }
}
