internal import Foundation
internal import GRDB
public import Tadween

extension SQLiteBroker: RunKeeping {
  public func ticket(of run: RunID) async throws -> (any RunTicket)? {
    let open = try opened()
    return try readHandles(open) { reader in
      try reader.runs("WHERE id = ?", [run.stored]).first.flatMap { stored in
        do { return try handle(on: stored, reader, open.graph) } catch let misfit as Misfit {
          throw unfit(run, misfit)
        }
      }
    }
  }

  public func fork(
    _ ticket: any RunTicket, as fork: ForkedRun, redoing stages: Set<StageID>
  ) async throws -> SubmitResult {
    let open = try opened()
    let (new, source, reused) = try naming(path) {
      try open.database.read { db in
        let reader = JournalReader(db: db, stages: open.stages)
        guard let stored = try reader.runs("WHERE id = ?", [ticket.run.stored]).first else {
          throw TadweenError(
            .invalidArgument, "Run \(ticket.run) is not known any more: it cannot be forked.", run: ticket.run)
        }
        do {
          let submission = try stored.submission(in: open.graph)
          let new = NewRun(
            id: fork.id, callerID: fork.callerID, entry: submission.entry, payload: submission.payload,
            priority: submission.priority, metadata: submission.metadata)
          let successes = try reader.successes(of: stored, new, in: open.graph, at: ledgers.now())
          return (new, stored.number, successes.redoing(stages, in: open.graph))
        } catch let misfit as Misfit {
          throw unfit(ticket.run, misfit)
        }
      }
    }
    return try await submit([new], reusing: Reuse(source: source, successes: reused))
  }

  private func unfit(_ run: RunID, _ misfit: Misfit) -> TadweenError {
    TadweenError(.unsupported, UnfitRun(run: run, reason: misfit.description).description, run: run)
  }
}

/// What a fork takes over.
struct Reuse: Sendable {
  /// The number of the run that it was.
  let source: Int64
  let successes: [Activation: Success]
}

extension JournalReader {
  fileprivate func successes(
    of stored: StoredRun, _ new: NewRun, in graph: WorkflowGraph, at now: Int64
  ) throws -> RunSuccesses {
    var successes = RunSuccesses(of: stored.id, at: new.entry, with: new.payload, in: graph)
    for (row, _, at) in try events(of: stored.number) {
      guard successes.replay(try row.event(in: graph, passed: Date.passed(since: at, now: now)), in: graph) else {
        throw Misfit("what happened to it, \(row.kind), cannot happen in this graph")
      }
    }
    return successes
  }
}
