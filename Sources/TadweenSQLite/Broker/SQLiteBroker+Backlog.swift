internal import GRDB
internal import Tadween

/// Runs that wait in the file are read when there is room in memory.
extension SQLiteBroker {
  /// Called on the writing connection between two writes, so that what it reads is what is known.
  func fill(_ open: Connection, _ db: Database) {
    // Not run by run: a quarter at a time.
    let wanted = ledgers.withLock { state -> Int in
      state.backlog.count > 0 && state.occupancy * 4 <= ledgers.limit * 3 ? ledgers.limit - state.occupancy : 0
    }
    if wanted == 0 { return }
    var deliveries: [Delivery] = []
    var isDone = true
    do {
      try naming(path) {
        try read(atMost: min(wanted, 10_000), open.graph, JournalReader(db: db, stages: open.stages), into: &deliveries)
      }
    } catch {
      // Tried again with the next call, whatever it is.
      isDone = false
    }
    ledgers.withLock { state in
      state.isToBeFilled = !isDone
      for delivery in deliveries { state.untold.announced[delivery.stage, default: 0] += 1 }
    }
    // What was read before the rest could not be.
    give(deliveries, open)
  }

  /// Reads the most urgent runs that wait into memory, and starts them.
  func read(
    atMost limit: Int, _ graph: WorkflowGraph, _ reader: JournalReader, into deliveries: inout [Delivery]
  ) throws {
    var directives = Directives()
    defer { deliveries += directives.deliveries }
    // Of runs that come into memory: those that are there already, or do not fit, take no room.
    var rest = limit
    // What still waits of such a priority is about to be written.
    var exhausted: Set<Int> = []
    while rest > 0, let (priority, number) = ledgers.withLock({ $0.backlog.next }), !exhausted.contains(priority) {
      try reach(.readsBacklog)
      // Not one by one, where many are in memory.
      let count = min(max(rest, 100), 1000)
      let stored = try reader.runs(
        "WHERE finished IS NULL AND priority = ? AND number >= ? ORDER BY number LIMIT \(count)", [priority, number])
      var last = number
      for stored in stored where rest > 0 {
        last = stored.number + 1
        guard let new = try? stored.submission(in: graph) else { continue }
        let fresh = DurableRun(new, number: stored.number, in: ledgers)
        ledgers.withLock { state in
          guard state.resident[stored.number] == nil, !state.unfit.contains(stored.number) else { return }
          let run = state.held[stored.number]?.run ?? fresh
          var ledger = RunLedger(run: run.run)
          ledger.start(at: new.entry, with: new.payload, in: graph, ticket: run, into: &directives)
          run.ledger = ledger
          state.keep(run)
          state.backlog.remove(priority: priority)
          rest -= 1
        }
      }
      let isExhausted = stored.count < count && stored.last.map { $0.number < last } ?? true
      if isExhausted { exhausted.insert(priority) }
      ledgers.withLock { state in
        state.backlog.advance(to: last, priority: priority)
        if isExhausted { state.exhaust(priority) }
      }
    }
  }
}

extension Ledgers.State {
  /// The file has no more runs of this priority that wait; but some may be about to be written.
  fileprivate mutating func exhaust(_ priority: Int) {
    backlog.clear(priority: priority)
    for submission in group.submissions where submission.run.ledger == nil && submission.run.priority == priority {
      backlog.add(submission.run.number, priority: priority)
    }
  }
}
