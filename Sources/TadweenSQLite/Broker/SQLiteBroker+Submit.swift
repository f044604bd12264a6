internal import GRDB
public import Tadween

extension SQLiteBroker {
  public func submit(_ runs: [NewRun]) async throws -> SubmitResult { try await submit(runs, reusing: nil) }

  /// - Parameter reuse: What has succeeded already.
  func submit(_ runs: [NewRun], reusing reuse: Reuse?) async throws -> SubmitResult {
    let open = try opened()
    var announced: [StageID: Int] = [:]
    func answers(knowing known: [String: (DurableRun, Payload)]) -> [Answer] {
      ledgers.withLock { state in runs.map { create($0, known, reuse, open.graph, &state, &announced) } }
    }
    let callers = runs.compactMap(\.callerID)
    let submitted =
      callers.isEmpty ? answers(knowing: [:]) : try ledgers.reading { answers(knowing: try stored(callers, open)) }
    do {
      try reach(.submitted)
      try await flush()
    } catch {
      ledgers.withLock { state in
        // All are written together, or dropped. What is written after all is announced with the next result.
        if submitted.contains(where: { $0.isCreated && !$0.run.course.wasDropped }) { state.announceLater(announced) }
      }
      throw error
    }
    var result = SubmitResult()
    result.submissions = zip(runs, submitted).map { new, answer in answer.submission(of: new) }
    result.announced = announced
    // Submitted by somebody else at the same moment, who failed with it: nobody has it now.
    let lost = ledgers.withLock { _ in submitted.indices.filter { submitted[$0].run.course.wasDropped } }
    if !lost.isEmpty {
      let again = try await submit(lost.map { runs[$0] }, reusing: reuse)
      for (position, submission) in zip(lost, again.submissions) { result.submissions[position] = submission }
      result.announced.merge(again.announced, uniquingKeysWith: +)
    }
    let untold = ledgers.withLock { $0.takeUnannounced() }
    result.announced.merge(untold, uniquingKeysWith: +)
    return result
  }

  /// What is to be answered, once what it says is on the disk.
  private enum Answer {
    case created(DurableRun)
    case known(DurableRun, Payload)

    var run: DurableRun {
      switch self {
      case .created(let run), .known(let run, _): run
      }
    }

    var isCreated: Bool { if case .created = self { true } else { false } }

    func submission(of new: NewRun) -> Submission {
      switch self {
      case .created(let run): .created(run)
      case .known(let run, let payload): payload.isEqual(to: new.payload) ? .existing(run) : .conflict(run.run)
      }
    }
  }

  private func create(
    _ new: NewRun, _ known: [String: (DurableRun, Payload)], _ reuse: Reuse?, _ graph: WorkflowGraph,
    _ state: inout Ledgers.State, _ announced: inout [StageID: Int]
  ) -> Answer {
    if let caller = new.callerID {
      if let pending = state.callers[caller] { return .known(pending.run, pending.payload) }
      if let (run, payload) = known[caller] { return .known(run, payload) }
    }
    state.lastNumber += 1
    let run = DurableRun(new, number: state.lastNumber, in: ledgers)
    if let caller = new.callerID { state.callers.add(new, run, under: caller) }
    state.group.submissions.append((run, new, reuse?.source, ledgers.now()))
    if reuse == nil, state.occupancy >= ledgers.limit || state.backlog.holds(new.priority) {
      state.backlog.add(run.number, priority: new.priority)
      state.held[run.number] = Ledgers.WeakRun(run: run)
      return .created(run)
    }
    var directives = Directives()
    var ledger = RunLedger(run: new.id)
    ledger.start(at: new.entry, with: new.payload, in: graph, ticket: run, into: &directives)
    if let reuse {
      for event in ledger.reuse(reuse.successes, in: graph, into: &directives) {
        state.note(event, of: run, isReused: true, at: ledgers.now())
      }
      for end in directives.completions { state.complete(run, end, at: ledgers.now()) }
    }
    run.ledger = ledger
    state.resident[run.number] = run
    state.group.submitted += directives.deliveries
    for delivery in directives.deliveries { announced[delivery.stage, default: 0] += 1 }
    return .created(run)
  }

  /// The runs that the file has under these ids of callers, with what was submitted.
  private func stored(_ callers: [String], _ open: Connection) throws -> [String: (DurableRun, Payload)] {
    var found: [String: (DurableRun, Payload)] = [:]
    try naming(path) {
      try readHere(open.database) { db in
        let reader = JournalReader(db: db, stages: open.stages)
        for caller in callers where found[caller] == nil {
          guard let stored = try reader.runs("WHERE caller = ?", [caller]).first,
            let run = try handle(on: stored, reader, open.graph)
          else { continue }
          found[caller] = (run, Payload(json: stored.payload))
        }
      }
    }
    return found
  }
}
