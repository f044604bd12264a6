import Tadween

/// A broker that keeps what was recorded: how each activation ended, and how often each directive was given.
final class Witness: Broker, RunObserver {
  struct Work: Hashable, Sendable {
    let run: RunID
    let place: Place
  }

  enum End: Sendable { case succeeded, failed, notTaken, cancelled }

  fileprivate struct State: Sendable {
    var graph: WorkflowGraph?
    var observer: (any RunObserver)?
    var ends: [Work: End] = [:]
    var counts: [String: Int] = [:]
  }

  /// What is counted; none of it may never occur.
  static let directives = [
    "ready", "ready again", "interrupts", "completions", "succeeded", "failed", "not taken", "cancelled", "cut",
    "stale",
    "repeated", "runs cancelled", "failures surfaced", "failures absorbed",
  ]

  private let base: any Broker
  fileprivate let state = Locked(State())

  init(_ base: any Broker) { self.base = base }

  var counts: [String: Int] { state.withLock { $0.counts } }

  func ends(of run: RunID) -> [Place: End] {
    let ends = state.withLock { $0.ends }.filter { $0.key.run == run }
    return Dictionary(uniqueKeysWithValues: ends.map { ($0.key.place, $0.value) })
  }

  var handsOver: Bool { base.handsOver }
  var encodesPayloads: Bool { base.encodesPayloads }

  func open(_ graph: WorkflowGraph, observer: any RunObserver) async throws -> Recovery {
    state.withLock { ($0.graph, $0.observer) = (graph, observer) }
    return try await base.open(graph, observer: self)
  }

  func submit(_ runs: [NewRun]) async throws -> SubmitResult { try await base.submit(runs) }
  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    try await base.receive(from: stage, atMost: limit)
  }

  func commit(_ transitions: [Transition]) async throws -> CommitResult {
    let result = try await base.commit(transitions)
    note(result)
    let (stale, cut) = (Set(result.stale), Set(result.cut))
    state.withLock { state in
      state.counts["stale", default: 0] += stale.count
      state.counts["cut", default: 0] += cut.count
      for (position, transition) in transitions.enumerated() where !stale.contains(position) {
        state.note(transition, isCut: cut.contains(position))
      }
    }
    return result
  }

  func control(_ command: RunCommand) async throws -> CommitResult {
    let result = try await base.control(command)
    note(result)
    state.withLock { $0.counts["runs cancelled", default: 0] += 1 }
    return result
  }

  func close(timeout: Duration?) async throws { try await base.close(timeout: timeout) }

  func runsDidComplete(_ ends: [RunEnd]) {
    let observer = state.withLock { state in
      for end in ends {
        state.counts["completions", default: 0] += 1
        state.counts["failures absorbed", default: 0] += end.absorbed.count
        if case .failed(let failures) = end.outcome { state.counts["failures surfaced", default: 0] += failures.count }
      }
      return state.observer
    }
    observer?.runsDidComplete(ends)
  }

  private func note(_ result: CommitResult) {
    state.withLock { state in
      state.counts["ready", default: 0] += result.deliveries.count { $0.history == nil }
      state.counts["ready again", default: 0] += result.deliveries.count { $0.history != nil }
      state.counts["interrupts", default: 0] += result.interrupts.count
    }
  }
}

extension Witness.State {
  /// A repetition of what was applied is told by its key alone: it ended before.
  fileprivate mutating func note(_ transition: Transition, isCut: Bool) {
    guard let graph else { return }
    let activation = transition.key.activation
    let work = Witness.Work(
      run: transition.run, place: Place(graph[activation.stage].name, activation.scope.indices))
    let (end, name): (Witness.End, String) =
      switch transition.ending {
      case _ where isCut: (.cancelled, "cancelled")
      case .succeeded: (.succeeded, "succeeded")
      case .failed: (.failed, "failed")
      case .notTaken: (.notTaken, "not taken")
      case .cancelled: (.cancelled, "cancelled")
      case .retried, .parked: (.cancelled, "retried")
      }
    switch transition.ending {
    case .retried where !isCut, .parked where !isCut: return
    default: break
    }
    if ends[work] != nil {
      counts["repeated", default: 0] += 1
    } else {
      ends[work] = end
      counts[name, default: 0] += 1
    }
  }
}
