public import Tadween

extension SQLiteBroker {
  public func commit(_ transitions: [Transition]) async throws -> CommitResult {
    let graph = try opened().graph
    var released: [Token] = []
    var result = ledgers.withLock { state in
      apply(transitions, in: graph, &state, released: &released)
    }
    // What payloads do when they go, they do outside the lock.
    withExtendedLifetime(released) {}
    do {
      try reach(.committed)
      try await flush()
    } catch {
      if let first = transitions.first {
        ledgers.withLock { $0.unanswered[DeliveryID(run: first.run, key: first.key)] = result }
      }
      throw error
    }
    ledgers.withLock { $0.tellWhatIsUntold(in: &result) }
    return result
  }

  /// - Returns: What it did; the result of the first time, where this is the repetition of a commit whose write failed.
  private func apply(
    _ transitions: [Transition], in graph: WorkflowGraph, _ state: inout Ledgers.State, released: inout [Token]
  ) -> CommitResult {
    var result = CommitResult()
    let answer = transitions.first.flatMap {
      state.unanswered.removeValue(forKey: DeliveryID(run: $0.run, key: $0.key))
    }
    let now = ledgers.now()
    for (position, transition) in transitions.enumerated() {
      guard let run = DurableRun.of(transition.ticket, in: ledgers), let ledger = run.ledger else {
        result.stale.append(position)
        continue
      }
      var directives = Directives()
      // Asked before: a failure may be what cancels the run, and is no victim of it.
      let isCut = transition.ending.hasFailed && ledger.isCut(transition.key.activation, in: graph)
      switch run.ledger?.apply(transition, in: graph, into: &directives) {
      case .applied:
        if isCut { result.cut.append(position) }
        let began = run.end(transition.key)
        if let mark = began?.mark { state.group.marks.append(mark) }
        state.note(
          RunEvent(.ended(transition.key, transition.ending), interrupts: directives.interrupts.map(\.key)), of: run,
          lasted: began.map { now - $0.since }, at: now)
        if !isCut { state.noteLetter(of: transition, run, at: now) }
        state.follow(directives, of: run, &result, at: now)
        state.weigh(run)
        released += directives.released
      case .stale, nil:
        result.stale.append(position)
        // It was taken back while it ran: nothing is to be written of its end.
        if let mark = run.end(transition.key)?.mark { ledgers.marks.withLock { $0 }?.clear(mark) }
      case .repeated: break
      }
    }
    return answer ?? result
  }
}

extension DurableRun {
  /// What was running under this key does so no more.
  func end(_ key: DeliveryKey) -> Running? {
    course.running.firstIndex { $0.key == key }.map { course.running.remove(at: $0) }
  }
}

extension Ledgers.State {
  /// What an event directs, to be given out when it is on the disk.
  mutating func follow(
    _ directives: Directives, of run: DurableRun, _ result: inout CommitResult, at now: Int64
  ) {
    group.deliveries += directives.deliveries
    for delivery in directives.deliveries { result.announced[delivery.stage, default: 0] += 1 }
    result.interrupts += directives.interrupts
    result.withdrawn += directives.withdrawn
    for withdrawn in directives.withdrawn where run.isParkedLetter(withdrawn.key.activation) {
      forgetLetter(of: run, withdrawn.key.activation)
    }
    for end in directives.completions { complete(run, end, at: now) }
  }

  mutating func noteLetter(of transition: Transition, _ run: DurableRun, at now: Int64) {
    switch transition.ending {
    case .failed(let failure): addLetter(of: run, transition.key, failure, isParked: false, at: now)
    case .parked(let failure): addLetter(of: run, transition.key, failure, isParked: true, at: now)
    case .succeeded, .notTaken, .cancelled, .retried: break
    }
  }

  mutating func addLetter(
    of run: DurableRun, _ key: DeliveryKey, _ failure: Failure, isParked: Bool, at now: Int64
  ) {
    run.course.letters[key.activation] = isParked
    if isParked { parked[run.number, default: 0] += 1 }
    group.writes.append(
      .letter(
        run: run.number, key.activation, generation: key.generation, failure.kind, isParked: isParked, at: now))
  }

  mutating func forgetLetter(of run: DurableRun, _ activation: Activation) {
    guard let isParked = run.course.letters.removeValue(forKey: activation) else { return }
    group.writes.append(.letterGone(run: run.number, activation))
    guard isParked, let count = parked[run.number] else { return }
    parked[run.number] = count > 1 ? count - 1 : nil
    if count == 1 { atRest.remove(run.number) }
  }
}

extension DurableRun {
  func isParkedLetter(_ activation: Activation) -> Bool { course.letters[activation] == true }
}
