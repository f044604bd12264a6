internal import GRDB
public import Tadween

extension SQLiteBroker {
  public func control(_ command: RunCommand) async throws -> CommitResult {
    let open = try opened()
    guard let run = DurableRun.of(command.ticket, in: ledgers) else {
      var result = CommitResult()
      if case .unpark = command { result.stale = [0] }
      return result
    }
    // Nothing of a run that waits in the file has failed, or is parked.
    if case .cancel = command { try load(run, open) }
    var released: [Token] = []
    var result = ledgers.withLock { state in
      let answer = state.unansweredCommands.removeValue(forKey: run.run)
      var result = perform(command, on: run, in: open.graph, &state, released: &released)
      answer?.answer(command, in: &result)
      return result
    }
    withExtendedLifetime(released) {}
    do {
      try reach(.controlled)
      try await flush()
    } catch {
      ledgers.withLock { state in
        state.unansweredCommands[run.run] = UnansweredCommand(command, result)
        state.tellLater(result)
      }
      throw error
    }
    ledgers.withLock { $0.tellWhatIsUntold(in: &result) }
    return result
  }

  private func perform(
    _ command: RunCommand, on run: DurableRun, in graph: WorkflowGraph, _ state: inout Ledgers.State,
    released: inout [Token]
  ) -> CommitResult {
    var result = CommitResult()
    var directives = Directives()
    let now = ledgers.now()
    switch command {
    case .cancel(_, let cause):
      let before = run.ledger?.isCancellable ?? false
      guard before else { break }
      run.ledger?.cancel(because: cause, in: graph, ticket: run, into: &directives)
      note(.cancelled(because: cause), of: run, directives, &state, at: now)
    case .redrive(_, let letters):
      let wasComplete = run.ledger?.isComplete ?? false
      let redrive = run.ledger?.redrive(letters, in: graph, ticket: run, into: &directives) ?? Redrive()
      result.redrive = redrive
      if redrive.isEmpty { break }
      if wasComplete {
        state.group.writes.append(.reopened(run: run.number))
        state.finishedCount -= 1
      }
      note(.redriven(letters), of: run, directives, &state, at: now)
      for activation in redrive.reopened + redrive.takenBack { state.forgetLetter(of: run, activation) }
    case .unpark(_, let key, let decision):
      let failure = run.ledger?.parked.first { $0.key == key }?.failure
      guard run.ledger?.unpark(key, decision, in: graph, ticket: run, into: &directives) == true else {
        result.stale = [0]
        break
      }
      note(.decided(key, decision), of: run, directives, &state, at: now)
      state.forgetLetter(of: run, key.activation)
      if case .fail = decision, let failure { state.addLetter(of: run, key, failure, isParked: false, at: now) }
    }
    state.follow(directives, of: run, &result, at: now)
    state.weigh(run)
    released = directives.released
    return result
  }

  private func note(
    _ event: RunEvent.Kind, of run: DurableRun, _ directives: Directives, _ state: inout Ledgers.State, at now: Int64
  ) {
    state.keep(run)
    state.note(RunEvent(event, interrupts: directives.interrupts.map(\.key)), of: run, at: now)
  }

  /// Brings a run that waits in the file into memory.
  func load(_ run: DurableRun, _ open: Connection) throws {
    guard run.copy == nil else { return }
    try reach(.loadsRun)
    let restored = try naming(path) {
      try open.database.read { db -> RestoredRun? in
        let reader = JournalReader(db: db, stages: open.stages)
        return try reader.runs("WHERE number = ?", [run.number]).first.map {
          try reader.restore($0, in: open.graph, as: run, at: ledgers.now())
        }
      }
    }
    let deliveries = ledgers.withLock { state -> [Delivery] in
      guard run.ledger == nil, let restored else { return [] }
      run.take(restored)
      guard var ledger = run.ledger, !ledger.isComplete else { return [] }
      // It need not wait in the file any longer, and goes on as far as what is asked of it lets it.
      var directives = Directives()
      ledger.recover(in: open.graph, ticket: run, into: &directives)
      state.keep(run)
      state.backlog.remove(priority: run.priority)
      for delivery in directives.deliveries { state.untold.announced[delivery.stage, default: 0] += 1 }
      return directives.deliveries
    }
    give(deliveries, open)
  }
}

extension RunCommand {
  fileprivate var ticket: any RunTicket {
    switch self {
    case .cancel(let ticket, _), .redrive(let ticket, _), .unpark(let ticket, _, _): ticket
    }
  }
}
