internal import Foundation
internal import GRDB
public import Tadween

extension SQLiteBroker {
  /// Opens the file, and brings what was unfinished back: what was in flight is ready again at once, and what ran counts a
  /// crash (rule R11).
  public func open(_ graph: WorkflowGraph, observer: any RunObserver) async throws -> Recovery {
    if let problem = options.problem {
      throw TadweenError(.invalidArgument, "The broker on \"\(path)\" cannot be opened: \(problem).")
    }
    let isFirst = ledgers.withLock { state in
      defer { state.graph = state.graph ?? graph }
      return state.graph == nil && !state.isClosed
    }
    guard isFirst else {
      throw TadweenError(
        .wrongPhase,
        "The broker on \"\(path)\" serves a workflow already, or is closed: give each workflow a broker of its own.")
    }
    do {
      return try await naming(path) { try await recover(graph, observer) }
    } catch {
      // Another build may find it mended.
      let open = connection.withLock { connection in
        defer { connection = nil }
        return connection
      }
      if let open { try? shut(open) }
      ledgers.withLock { $0 = Ledgers.State() }
      throw error
    }
  }

  private func recover(_ graph: WorkflowGraph, _ observer: any RunObserver) async throws -> Recovery {
    // SQLite's names for files that are none of the system's.
    let owner = path.hasPrefix("file:") || path.hasPrefix(":") ? nil : try DatabaseOwner(of: path)
    let marked = owner.map { RunningMarks.records(in: $0.contents()) } ?? []
    let database = try options.database.open(path)
    try reach(.recoveryBegins)
    let (stages, writer, changes) = try prepare(database, graph)
    try reach(.prepared)
    var recovery = try await read(database) { db in
      try self.restore(graph, JournalReader(db: db, stages: stages), stages, marked)
    }
    recovery.changes = changes
    try owner?.sign(at: options.wallClock())
    connection.withLock {
      $0 = Connection(
        graph: graph, stages: stages, observer: observer, mailboxes: graph.stages.map { _ in Mailbox() },
        database: database, writer: writer)
    }
    try reach(.recoveryEnds)
    // What ran is stored as crashed before the marks that say so are wiped out.
    try await flush()
    let marks = try owner.map { try RunningMarks($0, stages) }
    ledgers.marks.withLock { $0 = marks }
    return recovery
  }

  private func prepare(
    _ database: DatabasePool, _ graph: WorkflowGraph
  ) throws -> (StageNumbers, WriterBox, changes: [String]) {
    try database.writeWithoutTransaction { db in
      try Journal.prepare(db, path: path)
      var stages = StageNumbers()
      var changes: [String] = []
      try db.inTransaction(.immediate) {
        stages = try StageNumbers(graph, db)
        changes = try GraphShape.note(graph, db)
        return .commit
      }
      let writer = try JournalWriter(db, graph, stages, longestPayloadInRow: options.longestPayloadInRow)
      return (stages, WriterBox(writer), changes)
    }
  }

  /// Reads what had begun, all of it, and then what had not, as far as there is room.
  private func restore(
    _ graph: WorkflowGraph, _ reader: JournalReader, _ stages: StageNumbers, _ marked: Set<RunningMarks.Record>
  ) throws -> Recovery {
    var recovery = Recovery()
    let last = try Int64.fetchOne(reader.db, sql: "SELECT max(number) FROM runs") ?? 0
    if last != 0, !Journal.runs.contains(last) { throw Damage("the row of a run") }
    let finished = try Int.fetchOne(reader.db, sql: "SELECT count(*) FROM runs WHERE finished IS NOT NULL") ?? 0
    ledgers.withLock { ($0.lastNumber, $0.finishedCount) = (last, finished) }
    try countBacklog(reader)
    let marks = Dictionary(grouping: marked, by: \.run)
    for stored in try reader.begunRuns(Array(marks.keys)) {
      try reach(.recoversRun)
      do {
        try restore(stored, graph, reader, stages, Set(marks[stored.number] ?? []), &recovery)
      } catch let misfit as Misfit {
        recovery.unfit.append(UnfitRun(run: stored.id, reason: misfit.description))
        ledgers.withLock { state in
          state.unfit.insert(stored.number)
          state.backlog.remove(priority: stored.priority)
        }
      }
    }
    try setAsideStrangers(graph, reader, &recovery)
    let room = ledgers.withLock { ledgers.limit - $0.occupancy }
    if room > 0 { try read(atMost: room, graph, reader, into: &recovery.deliveries) }
    recovery.further = ledgers.withLock { $0.backlog.count }
    return recovery
  }

  /// What waits in the file for an entry that is none any more does not go on.
  private func setAsideStrangers(
    _ graph: WorkflowGraph, _ reader: JournalReader, _ recovery: inout Recovery
  ) throws {
    let strange = reader.stages.names.filter { _, name in
      graph.stage(named: name).map { !graph[$0].incoming.isEmpty } ?? true
    }
    for (number, name) in strange.sorted(by: { $0.key < $1.key }) {
      for stored in try reader.runs("WHERE finished IS NULL AND entry = ? ORDER BY number", [number]) {
        let isNew = ledgers.withLock { state in
          guard state.resident[stored.number] == nil, state.unfit.insert(stored.number).inserted else { return false }
          state.backlog.remove(priority: stored.priority)
          return true
        }
        if isNew { recovery.unfit.append(UnfitRun(run: stored.id, reason: "there is no entry \"\(name)\" any more")) }
      }
    }
  }

  private func countBacklog(_ reader: JournalReader) throws {
    let rows = try Row.fetchAll(
      reader.db,
      sql: "SELECT priority, count(*) AS count, min(number) AS first FROM runs WHERE finished IS NULL GROUP BY priority"
    )
    for row in rows {
      let (priority, count, first): (Int, Int, Int64) = (
        try row.decode(forColumn: "priority"), try row.decode(forColumn: "count"), try row.decode(forColumn: "first")
      )
      ledgers.withLock { $0.backlog.add(first, priority: priority, count: count) }
    }
  }

  private func restore(
    _ stored: StoredRun, _ graph: WorkflowGraph, _ reader: JournalReader, _ stages: StageNumbers,
    _ marked: Set<RunningMarks.Record>, _ recovery: inout Recovery
  ) throws {
    let run = DurableRun(try stored.submission(in: graph), number: stored.number, in: ledgers)
    let now = ledgers.now()
    var restored = try reader.restore(stored, in: graph, as: run, at: now)
    for key in restored.ledger.ready where marked.contains(RunningMarks.Record(stored.number, key, stages)) {
      _ = restored.ledger.begin(key)
    }
    let running = restored.ledger.running
    var directives = Directives()
    restored.ledger.recover(in: graph, ticket: run, into: &directives)
    let moments = try reader.letterMoments(of: stored.number, LetterCondition(.all, areParked: true))
    recovery.parked += restored.ledger.parked.map { parked in
      StoredParked(parked, run, failedAt: Date(stored: moments[parked.key.activation] ?? now))
    }
    run.take(restored)
    recovery.deliveries += directives.deliveries
    ledgers.withLock { state in
      state.keep(run)
      if let parked = run.ledger?.parked.count, parked > 0 { state.parked[run.number] = parked }
      state.weigh(run)
      state.backlog.remove(priority: stored.priority)
      if !running.isEmpty {
        state.note(RunEvent(.died(running)), of: run, at: now)
        for letter in running.compactMap({ run.ledger?.deadLetter($0.activation) }) {
          state.addLetter(
            of: run, DeliveryKey(activation: letter.id.activation, generation: letter.id.generation), letter.failure,
            isParked: false, at: now)
        }
      }
      // By the last crash; or what was open of it is not in this graph. Told once it is written.
      if run.ledger?.isComplete == true, let end = run.course.ends.popLast() { state.complete(run, end, at: now) }
    }
  }
}
