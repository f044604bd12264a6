public import Tadween

/// What failed, as the broker behind it tells: that one has to conform too.
extension SimulatedBroker: RunInspection {
  public func deadLetters(_ filter: DeadLetterFilter, limit: Int) async throws -> [StoredDeadLetter] {
    try await inspection.deadLetters(filter, limit: limit).map { stored in
      StoredDeadLetter(stored.letter, store.wrap(stored.ticket), failedAt: stored.failedAt)
    }
  }

  public func deadLetterCount(_ filter: DeadLetterFilter) async throws -> Int {
    try await inspection.deadLetterCount(filter)
  }

  public func parked(limit: Int) async throws -> [StoredParked] {
    _ = try inspection
    return try await store.parked(atMost: limit)
  }

  public func previewRedrive(_ ticket: any RunTicket, _ letters: [DeadLetter.ID]?) async throws -> Redrive {
    try await inspection.previewRedrive(store.inner(ticket), letters)
  }

  private var inspection: any RunInspection {
    get throws {
      try checkLife()
      guard let inspection = store.base as? any RunInspection else {
        throw TadweenError(.unsupported, "The broker behind this simulated one does not conform to RunInspection.")
      }
      return inspection
    }
  }
}

extension SimulatedStore {
  /// What waits for somebody to decide; nothing where the base cannot be asked.
  func parked(atMost limit: Int) async throws -> [StoredParked] {
    try await (base as? any RunInspection)?.parked(limit: limit).map { stored in
      StoredParked(outer(stored.parked), wrap(stored.ticket), failedAt: stored.failedAt)
    } ?? []
  }

  /// What engines call parked work of the base's.
  private func outer(_ parked: ParkedActivation) -> ParkedActivation {
    let offset = state.withLock { $0.offsets[Work(parked.run, parked.key), default: 0] }
    let key = DeliveryKey(
      activation: parked.key.activation, generation: parked.key.generation, attempt: parked.key.attempt,
      number: parked.key.number + offset)
    return ParkedActivation(
      run: parked.run, key: key, failure: parked.failure, earlier: parked.earlier, input: parked.input)
  }
}
