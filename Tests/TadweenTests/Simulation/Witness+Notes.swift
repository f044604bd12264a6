import TadweenCore

@testable import Tadween
@testable import TadweenSQLite

/// What the witness makes of what it saw.
extension Witness {
  /// What is counted; none of it may never occur.
  static let directives = [
    "ready", "ready again", "interrupts", "completions", "succeeded", "failed", "not taken", "cancelled", "cut",
    "stale", "repeated", "runs cancelled", "failures surfaced", "failures absorbed",
    "parked", "parks cut short", "parks retried", "parks skipped", "parks substituted", "parks failed",
    "parks failed at their deadline", "decisions too late",
    "redrives of complete runs", "redrives amid a run", "redrives of cancelled runs", "done again", "taken back",
    "batches of one", "batches of several", "ended while they waited",
    "rounds compared with the oracle", "rounds with a join that stayed fired",
  ]

  /// What somebody made of an activation, whatever its script says.
  func amendment(_ run: RunID, _ place: Place) -> Script.Ending? {
    state.withLock { $0.stories[run]?.amendments[place] }
  }

  /// The process dies, now.
  func processDies() { state.withLock { $0.noteDeath() } }
}

/// What the death of a process leaves, which is all in the ledgers of its runs: the next one has to have the same.
extension Witness.State {
  mutating func note(_ ticket: (any RunTicket)?) {
    if let ticket, tickets[ticket.run] == nil { tickets[ticket.run] = ticket }
  }

  fileprivate mutating func noteDeath() {
    guard let graph else { return }
    for (run, ticket) in tickets {
      guard var ledger = ticket.ledger, !ledger.isComplete else { continue }
      let running = ledger.running
      var directives = Directives()
      ledger.recover(in: graph, into: &directives)
      left[run] = ledger
      for key in running where ledger.deadLetter(key.activation) != nil { noteCrash(key, of: run) }
    }
  }

  /// One process too many has died over it, whatever its script says.
  private mutating func noteCrash(_ key: DeliveryKey, of run: RunID) {
    guard let place = place(key.activation) else { return }
    counts["failed of crashes", default: 0] += 1
    stories[run, default: Story()].crash(key, at: place)
  }

  mutating func note(_ recovery: Recovery) {
    defer { left = [:] }
    for unfit in recovery.unfit { problems.append("\(unfit)") }
    for ticket in recovery.tickets {
      note(ticket)
      guard let left = left.removeValue(forKey: ticket.run), let ledger = ticket.ledger else { continue }
      if ledger.state != left.state {
        problems.append("the next process has something else of run \(ticket.run) than what the dead one left")
      }
    }
    // What had not begun may wait.
    for (run, ledger) in left where !ledger.isComplete && recovery.further == 0 {
      problems.append("run \(run) was unfinished, and the next process does not go on with it")
    }
  }
}

extension Witness.State {
  private func place(_ activation: Activation) -> Place? {
    graph.map { Place($0[activation.stage].name, activation.scope.indices) }
  }

  /// A repetition of what was applied is told by its key alone: it ended before.
  mutating func note(_ transition: Transition, isCut: Bool, in draft: GraphDraft) {
    guard let place = place(transition.key.activation) else { return }
    let end: Story.End
    let name: String
    switch transition.ending {
    case _ where isCut: (end, name) = (.cancelled, "cancelled")
    case .succeeded: (end, name) = (.succeeded, "succeeded")
    case .failed: (end, name) = (.failed, "failed")
    case .notTaken: (end, name) = (.notTaken, "not taken")
    case .cancelled: (end, name) = (.cancelled, "cancelled")
    case .parked:
      parked.insert(transition.delivery.work)
      return counts["parked", default: 0] += 1
    case .retried: return
    }
    switch stories[transition.run, default: Story()].note(transition.key, at: place, end) {
    case true?:
      counts[name, default: 0] += 1
      guard case .cancelled = transition.ending, !isCut, cutting[place.stage, default: 0] > 0 else { return }
      counts["ended while they waited", default: 0] += 1
      stories[transition.run]?.cutWaiting(place, in: draft)
    case false?: counts["repeated", default: 0] += 1
    case nil: problems.append("\(place) of run \(transition.run) ended twice: the second time \(end)")
    }
  }

  mutating func note(_ command: RunCommand, _ result: CommitResult, endBefore: RunEnd?, in draft: GraphDraft) {
    switch command {
    case .cancel(let ticket, _):
      counts["runs cancelled", default: 0] += 1
      guard endBefore == nil else { return }
      stories[ticket.run, default: Story()].cancel()
      // One that waits in a file, without a ledger, is to hear of it too.
      if ticket.end == nil, ticket.ledger?.isCancellable ?? true {
        problems.append("run \(ticket.run) was cancelled, and could be once more")
      }
    case .unpark(let ticket, let key, let decision):
      guard let place = place(key.activation) else { return }
      if !result.stale.isEmpty { return counts["decisions too late", default: 0] += 1 }
      let work = WorkID(run: ticket.run, activation: key.activation)
      parked.remove(work)
      let (name, end): (String, Story.End?) =
        switch decision {
        case .retry: ("parks retried", nil)
        case .skip: ("parks skipped", .notTaken)
        case .substitute: ("parks substituted", .succeeded)
        case .fail where deciding.contains(work): ("parks failed", .failed)
        case .fail: ("parks failed at their deadline", .failed)
        }
      counts[name, default: 0] += 1
      stories[ticket.run, default: Story()].unpark(place, decision)
      if let end, stories[ticket.run]?.note(key, at: place, end) != true {
        problems.append("\(place) of run \(ticket.run) had ended when it was decided about: \(end)")
      }
    case .redrive(let ticket, _): note(result.redrive ?? Redrive(), of: ticket, endBefore, in: draft)
    }
  }

  private mutating func note(_ redrive: Redrive, of ticket: any RunTicket, _ end: RunEnd?, in draft: GraphDraft) {
    if redrive.isEmpty { return }
    var story = stories[ticket.run] ?? Story()
    if let end {
      chapters.append(story.chapter(end))
      counts[end.outcome == .cancelled ? "redrives of cancelled runs" : "redrives of complete runs", default: 0] += 1
    } else {
      counts["redrives amid a run", default: 0] += 1
    }
    if redrive.reopensRun != (end != nil) {
      problems.append("a redrive says that run \(ticket.run) was \(redrive.reopensRun ? "" : "not ")complete")
    }
    counts["done again", default: 0] += redrive.reopened.count
    counts["taken back", default: 0] += redrive.takenBack.count
    let open = ticket.ledger?.openActivations ?? []
    story.redrive(
      again: redrive.reopened.compactMap(place), takenBack: redrive.takenBack.compactMap(place),
      open: open.compactMap(place), in: draft)
    stories[ticket.run] = story
  }
}

extension RunTicket {
  /// The ledger behind it, whichever broker's it is.
  var ledger: RunLedger? { (self as? MemoryRun)?.copy ?? (self as? DurableRun)?.copy }
}

extension RunLedger {
  /// As bytes, to be compared.
  var state: [UInt8] {
    var bytes: [UInt8] = []
    encodeState(into: &bytes)
    return bytes
  }
}
