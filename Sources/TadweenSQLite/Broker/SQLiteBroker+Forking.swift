internal import Foundation
internal import GRDB
public import Tadween

extension SQLiteBroker: RunKeeping {
  public func ticket(of run: RunID) async throws -> (any RunTicket)? {
    let open = try opened()
    let found = try naming(path) {
      try open.database.read { db -> DurableRun? in
        let reader = JournalReader(db: db, stages: open.stages)
        return try reader.runs("WHERE id = ?", [run.stored]).first.map { stored in
          do { return try handle(on: stored, reader, open.graph) } catch let misfit as Misfit {
            throw unfit(run, misfit)
          }
        }
      }
    }
    if let found { try refresh(found, open) }
    return found
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
          let successes = try reader.successes(of: stored, in: open.graph, at: ledgers.now())
          return (new, stored.number, successes.filter { !open.graph.isBelow($0.key.stage, stages) })
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

extension RunLedger {
  /// Has whatever is ready and succeeded before succeed again.
  ///
  /// - Returns: What then happened, in its order.
  mutating func reuse(
    _ reuse: Reuse, in graph: WorkflowGraph, ticket: any RunTicket, into directives: inout Directives
  ) -> [RunEvent] {
    var events: [RunEvent] = []
    var ready: [Delivery] = []
    var next = 0
    while next < directives.deliveries.count {
      let delivery = directives.deliveries[next]
      next += 1
      let interrupts = directives.interrupts.count
      guard let success = reuse.successes[delivery.key.activation],
        apply(Transition(of: delivery, .succeeded(success)), in: graph, into: &directives) == .applied
      else {
        ready.append(delivery)
        continue
      }
      events.append(
        RunEvent(
          .ended(delivery.key, .succeeded(success)), interrupts: directives.interrupts[interrupts...].map(\.key)))
    }
    // An eager join may have fired without them.
    let withdrawn = Set(directives.withdrawn.map(\.key))
    directives.deliveries = ready.filter { !withdrawn.contains($0.key) }
    return events
  }
}

extension JournalReader {
  /// What succeeded in a run, and was not taken back.
  func successes(of stored: StoredRun, in graph: WorkflowGraph, at now: Int64) throws -> [Activation: Success] {
    let new = try stored.submission(in: graph)
    var ledger = RunLedger(run: stored.id)
    var directives = Directives()
    ledger.start(at: new.entry, with: new.payload, in: graph, into: &directives)
    var successes: [Activation: Success] = [:]
    for (row, _, at) in try events(of: stored.number) {
      let event = try row.event(in: graph, passed: Date.passed(since: at, now: now))
      if case .redriven(let letters) = event.kind {
        var copy = ledger
        let redrive = copy.redrive(letters, in: graph, into: &directives)
        for activation in redrive.reopened + redrive.takenBack { successes[activation] = nil }
      }
      guard ledger.replay(event, in: graph, into: &directives) else {
        throw Misfit("what happened to it, \(row.kind), cannot happen in this graph")
      }
      switch event.kind {
      case .ended(let key, .succeeded(let success)), .decided(let key, .substitute(let success)):
        successes[key.activation] = success
      default: break
      }
    }
    return successes
  }
}

extension WorkflowGraph {
  /// Whether a stage is one of these, or lies below one of them.
  fileprivate func isBelow(_ stage: StageID, _ stages: Set<StageID>) -> Bool {
    if stages.isEmpty { return false }
    var below = stages
    for id in topologicalOrder where self[id].incoming.contains(where: { below.contains(self[$0].source) }) {
      below.insert(id)
    }
    return below.contains(stage)
  }
}
