internal import TadweenCore

extension Workflow {
  /// Why a run is not complete: for each of its activations that is under way, whether it runs or what it waits for, and for
  /// each of its joins, which tokens are still to come. Empty once it is complete.
  ///
  /// ```swift
  /// for wait in try workflow.explain(run) { print(wait) }
  /// // "transcribe" waits for units: 1 of "cuda", of which 0 of 1 are free; the others are held by …
  /// ```
  /// It looks through the queues of all stages, which costs time in proportion to what waits there; a message that is on its
  /// way between two stages at this moment is in neither.
  ///
  /// - Throws: ``TadweenError`` with the code `wrongPhase` before ``build()``, `brokerClosed` after ``close(timeout:)``,
  ///   `invalidArgument` where the run is another workflow's.
  public func explain(_ run: Run) throws -> [Wait] {
    let engine = try engine
    try engine.requireOwn(run.engine.identity, "A handle", of: run.id)
    if run.ticket.end != nil { return [] }
    return engine.stages.flatMap { $0.waits(of: run.id, in: engine) }
      + (engine.stages.flatMap(engine.parked) + engine.waitsForIsolation).filter { $0.run == run.id }
      + engine.awaited(by: run)
  }

  /// What does not go on anywhere in the workflow: at each stage, how much waits for each reason, with an example; what waits
  /// to be submitted; handlers that have not returned after their deadline. Joins are told of by ``explain(_:)``.
  ///
  /// - Throws: ``TadweenError`` with the code `wrongPhase` before ``build()``, `brokerClosed` after ``close(timeout:)``.
  public func explain() throws -> [Wait] {
    let engine = try engine
    let found = engine.stages.flatMap { $0.waits(of: nil, in: engine).filter { $0.reason != .running } }
    // What failed differs from one to the next, and all of them wait for the same: one stands for the others.
    let parked = engine.stages.compactMap { stage in
      let waits = engine.parked(at: stage)
      var first = waits.first
      first?.count = waits.count
      return first
    }
    return grouped(found + engine.waitsForIsolation + engine.waitingSubmitters) + parked
  }
}

/// The first for each reason at each stage, with how many there are.
private func grouped(_ waits: [Wait]) -> [Wait] {
  struct Kind: Hashable {
    let stage: String?
    let reason: WaitReason
  }
  var groups: [Wait] = []
  var places: [Kind: Int] = [:]
  for wait in waits {
    let kind = Kind(stage: wait.stage, reason: wait.reason)
    if let place = places[kind] {
      groups[place].count += 1
    } else {
      places[kind] = groups.count
      groups.append(wait)
    }
  }
  return groups
}

extension Engine {
  fileprivate func parked(at stage: StageRuntime) -> [Wait] {
    if stage.options.park == nil { return [] }
    let now = time.now
    return parking.entries(at: stage.id).map { activation, entry in
      Wait(
        stage: stage.name, run: entry.ticket.run, scope: activation.scope,
        reason: .parked(entry.failure, since: now - entry.since, failsIn: max(entry.due - now, .zero)))
    }
  }

  fileprivate func awaited(by run: Run) -> [Wait] {
    run.ticket.awaited(in: graph).map { token in
      Wait(
        stage: graph[token.activation.stage].name, run: run.id, scope: token.activation.scope,
        reason: .token(from: graph[graph[token.link].source].name, missingItems: token.missingItems))
    }
  }

  fileprivate var waitsForIsolation: [Wait] {
    isolation.withLock { isolation in
      guard let current = isolation?.current else { return [] }
      let reason = WaitReason.isolation(of: graph[current.stage].name, current.run)
      var waits: [Wait] = []
      isolation?.forEachWaiting { delivery in
        waits.append(Wait(stage: graph[delivery.stage].name, run: delivery.run, scope: delivery.scope, reason: reason))
      }
      return waits
    }
  }

  fileprivate var waitingSubmitters: [Wait] {
    func waits(_ count: Int, _ reason: WaitReason) -> [Wait] {
      Array(repeating: Wait(stage: nil, run: nil, scope: .root, reason: reason), count: count)
    }
    let admitted = admission.map { waits($0.waiting, .admission(limit: $0.greatest)) } ?? []
    let entries = graph.entries.flatMap { entry in
      let stage = stages[Int(entry.index)]
      return waits(stage.waitingPublishers, .room(in: stage.name))
    }
    return admitted + entries
  }
}

extension StageRuntime {
  /// What is under way here; of one run, or of all.
  fileprivate func waits(of run: RunID?, in engine: Engine) -> [Wait] {
    let now = time.now
    let shortage = shortage(now, in: engine.graph)
    var found = slots.flatMap { slot in
      slot.underWay.map { Wait(stage: name, run: $0.run, scope: $0.scope, reason: .running) }
    }
    let (queued, overran, ended, holder, workers) = state.withLock { state in
      var queued: [(delivery: Delivery, wait: QueuedWait)] = []
      state.queue.forEachWait(at: now) { delivery, wait in
        if run == nil || delivery.run == run { queued.append((delivery, wait)) }
      }
      return (queued, Array(state.unreturned.keys), state.waitingForRoom, state.pausedBy, state.queue.workers)
    }
    found += overran.map { Wait(stage: name, run: $0.run, scope: $0.activation.scope, reason: .handler) }
    found += ended.map { work, target in
      Wait(stage: name, run: work.run, scope: work.activation.scope, reason: .room(in: engine.graph[target].name))
    }
    // The handler that has not returned, and the work that waits for room, are told of as what they are.
    let told = Set(overran + ended.keys)
    found.removeAll { wait in
      wait.reason == .running
        && told.contains { $0.run == wait.run && $0.activation.scope == wait.scope }
    }
    found += queued.map { delivery, wait in
      Wait(
        stage: name, run: delivery.run, scope: delivery.scope,
        reason: reason(wait, at: now, pausedBy: holder, shortage: shortage, workers: workers))
    }
    guard let run else { return found }
    return found.filter { $0.run == run }.map { wait in
      var wait = wait
      wait.miss = misses.miss(of: run, Activation(stage: id, scope: wait.scope))
      return wait
    }
  }

  private func reason(
    _ wait: QueuedWait, at now: Duration, pausedBy holder: String?, shortage: [WaitReason.Shortage], workers: Int
  ) -> WaitReason {
    switch wait {
    case .paused: .paused(by: holder ?? "somebody")
    case .worker: .worker(of: workers)
    case .key(let key): .key(key)
    case .rate(let token): .rate(for: token - now)
    case .predicate(let start): .state(since: now - start)
    case .units, .runUnits: shortage.isEmpty ? .turn : .units(shortage)
    case .batch(let gathered, let size, let end): .batch(gathered: gathered, of: size, for: end - now)
    case .retry(let due): .retry(in: max(due - now, .zero))
    case .roomToOpen: .roomToOpen
    }
  }

  /// The resources of which there are fewer units free than a message here needs.
  private func shortage(_ now: Duration, in graph: WorkflowGraph) -> [WaitReason.Shortage] {
    guard let stock = desk?.stock else { return [] }
    return options.demands.byResource.sorted { $0.key < $1.key }.compactMap { name, demand in
      let free = stock.free[name] ?? 0
      guard free < demand.units else { return nil }
      let holders = stock.holders.filter { $0.resource == name }.map { $0.named(in: graph, at: now) }
      return WaitReason.Shortage(
        resource: name, wanted: demand.units, free: free, units: stock.units[name] ?? 0, holders: holders)
    }
  }
}
