internal import Foundation
internal import GRDB
internal import Tadween

/// A run as its events say.
struct RestoredRun {
  var ledger: RunLedger
  var eventCount: Int64
}

extension JournalReader {
  /// The unfinished runs of which something has happened, and these, where they are unfinished.
  func begunRuns(_ numbers: [Int64]) throws -> [StoredRun] {
    let listed = numbers.map(String.init).joined(separator: ", ")
    return try runs(
      """
      WHERE finished IS NULL AND (number IN (\(listed)) OR EXISTS (
        SELECT 1 FROM events WHERE key BETWEEN number << \(Journal.eventBits) AND ((number + 1) << \(Journal.eventBits)) - 1))
      ORDER BY priority DESC, number
      """)
  }

  /// Has all that happened to a run happen again, in this graph.
  ///
  /// - Throws: ``Misfit`` where it cannot have happened in it.
  func restore(
    _ stored: StoredRun, in graph: WorkflowGraph, as run: DurableRun, at now: Int64
  ) throws -> RestoredRun {
    let new = try stored.submission(in: graph)
    var restored = RestoredRun(ledger: RunLedger(run: stored.id), eventCount: 0)
    var directives = Directives()
    restored.ledger.start(at: new.entry, with: new.payload, in: graph, ticket: run, into: &directives)
    for (row, number, at) in try events(of: stored.number) {
      directives = Directives()
      guard number == restored.eventCount + 1 else {
        throw Misfit("what happened to it next, its event \(restored.eventCount + 1), is missing")
      }
      let event = try row.event(in: graph, passed: Date.passed(since: at, now: now))
      guard restored.ledger.replay(event, in: graph, ticket: run, into: &directives) else {
        let stage = row.key.map { " at stage \"\(graph[$0.activation.stage].name)\"" } ?? ""
        throw Misfit("what happened to it\(stage), \(row.kind), cannot happen in this graph")
      }
      restored.eventCount = number
    }
    return restored
  }

  /// The same of a run that is over.
  func restoreFinished(
    _ stored: StoredRun, in graph: WorkflowGraph, as run: DurableRun, at now: Int64
  ) throws -> RestoredRun {
    let restored = try restore(stored, in: graph, as: run, at: now)
    guard restored.ledger.isComplete else { throw Misfit("it was complete, and is not in this graph") }
    return restored
  }

  /// When the run's activations failed, or were parked: those that are meant.
  func letterMoments(of run: Int64, _ condition: LetterCondition) throws -> [Activation: Int64] {
    var moments: [Activation: Int64] = [:]
    for row in try Row.fetchAll(
      db, sql: "SELECT stage, scope, at FROM letters WHERE \(condition.sql) AND letters.run = ?",
      arguments: condition.arguments + [run])
    {
      guard let stage = stages.stage(try row.decode(forColumn: "stage")),
        let scope = ScopePath(stored: try row.decode(forColumn: "scope"))
      else { continue }
      moments[Activation(stage: stage, scope: scope)] = try row.decode(forColumn: "at")
    }
    return moments
  }
}

extension SQLiteBroker {
  /// Reads the file for handles on what it has.
  func readHandles<Result>(_ open: Connection, _ body: (JournalReader) throws -> Result) throws -> Result {
    try ledgers.reading {
      try naming(path) { try readHere(open.database) { try body(JournalReader(db: $0, stages: open.stages)) } }
    }
  }

  /// The one handle on a stored run, whoever asks; by somebody who is ``Ledgers/reading(_:)``.
  ///
  /// - Returns: nil where it was deleted since it was read.
  func handle(on stored: StoredRun, _ reader: JournalReader, _ graph: WorkflowGraph) throws -> DurableRun? {
    try reach(.findsRun)
    let (known, isUnfit) = ledgers.withLock { ($0.known(stored.number), $0.unfit.contains(stored.number)) }
    if let known { return known }
    // It would be waited for in vain.
    if isUnfit { throw Misfit("what happened to it cannot happen in this graph, as its recovery said") }
    let run = DurableRun(try stored.submission(in: graph), number: stored.number, in: ledgers)
    // One that is unfinished and unknown has not begun: it waits in the file.
    if stored.finished != nil { run.take(try reader.restoreFinished(stored, in: graph, as: run, at: ledgers.now())) }
    return ledgers.withLock { state in
      if let known = state.known(stored.number) { return known }
      if state.readers.isDeleted(stored.number) { return nil }
      state.held[stored.number] = Ledgers.WeakRun(run: run)
      return run
    }
  }
}

extension DurableRun {
  /// Is as its events say. Under the lock, or before anybody else has it.
  func take(_ restored: RestoredRun) {
    ledger = restored.ledger
    eventCount = restored.eventCount
    course.ends = restored.ledger.ends
    for letter in restored.ledger.deadLetters { course.letters[letter.id.activation] = false }
    for parked in restored.ledger.parked { course.letters[parked.key.activation] = true }
  }
}
