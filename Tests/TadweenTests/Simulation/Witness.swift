@testable import Tadween

/// A broker that keeps what was recorded: how each activation ended, what operators did, and how often each directive was
/// given.
final class Witness: Broker, RunObserver {
  struct State: Sendable {
    var graph: WorkflowGraph?
    var observer: (any RunObserver)?
    var stories: [RunID: Story] = [:]
    /// Rounds that were over when a redrive began the next.
    var chapters: [Story.Chapter] = []
    var tickets: [RunID: any RunTicket] = [:]
    /// Stages whose waiting work somebody is ending.
    var cutting: [String: Int] = [:]
    var parked: Set<WorkID> = []
    /// What operators are deciding about, so that deadlines can be told from them.
    var deciding: Set<WorkID> = []
    var counts: [String: Int] = [:]
    /// How many processes it has seen.
    var processes = 0
    /// What the next process must have of the runs that were unfinished when one died.
    var left: [RunID: RunLedger] = [:]
    var problems: [String] = []
    var base: any Broker & RunInspection
  }

  let draft: GraphDraft
  let state: Locked<State>

  init(_ base: any Broker & RunInspection, _ draft: GraphDraft) {
    self.draft = draft
    state = Locked(State(base: base))
  }

  private var base: any Broker & RunInspection { state.withLock { $0.base } }
  /// The next process's broker, on the same runs.
  func use(_ base: any Broker & RunInspection) {
    state.withLock { state in
      (state.base, state.tickets) = (base, [:])
      state.processes += 1
    }
  }

  var counts: [String: Int] { state.withLock { $0.counts } }
  var problems: [String] { state.withLock { $0.problems } }
  var chapters: [Story.Chapter] { state.withLock { $0.chapters } }

  func story(of run: RunID) -> Story { state.withLock { $0.stories[run] ?? Story() } }
  func count(_ name: String, _ more: Int = 1) { state.withLock { $0.counts[name, default: 0] += more } }

  var handsOver: Bool { base.handsOver }
  var payloadEncoding: PayloadEncoding? { base.payloadEncoding }

  func open(_ graph: WorkflowGraph, observer: any RunObserver) async throws -> Recovery {
    state.withLock { ($0.graph, $0.observer) = (graph, observer) }
    let recovery = try await base.open(graph, observer: self)
    state.withLock { $0.note(recovery) }
    return recovery
  }

  func submit(_ runs: [NewRun]) async throws -> SubmitResult {
    let result = try await base.submit(runs)
    state.withLock { state in
      for submission in result.submissions {
        // Of the process that lives: another one's say nothing to its broker.
        if case .created(let ticket) = submission { state.tickets[ticket.run] = ticket }
        if case .existing(let ticket) = submission { state.tickets[ticket.run] = ticket }
      }
    }
    return result
  }
  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    let process = state.withLock { $0.processes }
    let deliveries = try await base.receive(from: stage, atMost: limit)
    state.withLock { state in
      // What a dead process had waited for says nothing to the next one's broker.
      if state.processes == process { for delivery in deliveries { state.note(delivery.ticket) } }
    }
    return deliveries
  }

  func commit(_ transitions: [Transition]) async throws -> CommitResult {
    let result = try await base.commit(transitions)
    note(result)
    let (stale, cut) = (Set(result.stale), Set(result.cut))
    state.withLock { state in
      state.counts["stale", default: 0] += stale.count
      state.counts["cut", default: 0] += cut.count
      for (position, transition) in transitions.enumerated() where !stale.contains(position) {
        state.note(transition, isCut: cut.contains(position), in: draft)
      }
    }
    return result
  }

  func control(_ command: RunCommand) async throws -> CommitResult {
    let end = command.ticket.end
    let result = try await base.control(command)
    note(result)
    state.withLock { $0.note(command, result, endBefore: end, in: draft) }
    return result
  }

  func close(timeout: Duration?) async throws { try await base.close(timeout: timeout) }

  func runsDidComplete(_ ends: [RunEnd]) {
    let observer = state.withLock { state in
      for end in ends {
        state.counts["completions", default: 0] += 1
        state.counts["failures absorbed", default: 0] += end.absorbed.count
        if case .failed(let failures) = end.outcome { state.counts["failures surfaced", default: 0] += failures.count }
        guard let ledger = state.tickets[end.run]?.ledger else { continue }
        let joins = ledger.halfFilledJoins
        if !joins.isEmpty { state.problems.append("\(end.run) is complete, and joins still wait for tokens: \(joins)") }
      }
      return state.observer
    }
    observer?.runsDidComplete(ends)
  }

  private func note(_ result: CommitResult) {
    state.withLock { state in
      for delivery in result.deliveries { state.note(delivery.ticket) }
      state.counts["ready", default: 0] += result.deliveries.count { $0.history == nil }
      state.counts["ready again", default: 0] += result.deliveries.count { $0.history != nil }
      state.counts["interrupts", default: 0] += result.interrupts.count
      for withdrawn in result.withdrawn where state.parked.remove(withdrawn.work) != nil {
        state.counts["parks cut short", default: 0] += 1
      }
    }
  }
}

extension Witness: RunInspection {
  func deadLetters(_ filter: DeadLetterFilter, limit: Int) async throws -> [StoredDeadLetter] {
    try await base.deadLetters(filter, limit: limit)
  }

  func deadLetterCount(_ filter: DeadLetterFilter) async throws -> Int { try await base.deadLetterCount(filter) }
  func parked(limit: Int) async throws -> [StoredParked] { try await base.parked(limit: limit) }
  func previewRedrive(_ ticket: any RunTicket, _ letters: [DeadLetter.ID]?) async throws -> Redrive {
    try await base.previewRedrive(ticket, letters)
  }
}

extension RunCommand {
  fileprivate var ticket: any RunTicket {
    switch self {
    case .cancel(let ticket, _), .redrive(let ticket, _), .unpark(let ticket, _, _): ticket
    }
  }
}
