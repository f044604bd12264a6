/// Doing again what failed (rule R10).
///
/// A redrive goes through the graph once, from top to bottom. What it opens again are the *roots*: what failed and was
/// chosen, and in a cancelled run whatever the flag cut, unless it lies below another root; then it follows anew by
/// itself. What somebody ended while it waited is one too, where nothing is chosen. Of all that followed from a root, down
/// to eager joins that have fired, the ends are taken back.
extension RunLedger {
  /// Takes back the ends of these activations, and all that followed from them, in one step.
  ///
  /// A complete run is open again then, and completes anew, in its next round. What has not failed, or has been redriven
  /// since, is passed over; where nothing is left, nothing changes. To ask what a redrive would do, have a copy of the
  /// ledger do it.
  ///
  /// - Parameter chosen: nil: whatever failed, or was cut by a cancellation.
  @discardableResult
  public mutating func redrive(
    _ chosen: [DeadLetter.ID]? = nil, in graph: WorkflowGraph, ticket: (any RunTicket)? = nil,
    into directives: inout Directives
  ) -> Redrive {
    let candidates = redrivable(chosen, in: graph)
    var redrive = Redrive()
    redrive.round = round
    guard !candidates.isEmpty else { return redrive }
    if let end {
      extras.pastEnds.append(end)
      redrive.reopensRun = true
      redrive.round += 1
    }
    var back = TakingBack()
    let byStage = Dictionary(grouping: candidates.keys, by: \.stage)
    var roots: [(activation: Activation, kept: RunExtras.Kept)] = []
    // In this order, so that what lies above is known when it comes to what lies below.
    for stage in graph.topologicalOrder {
      for activation in back.below.removeValue(forKey: stage) ?? [] {
        back.all.insert(activation)
        takeBack(activation, in: graph, &back, &directives)
      }
      for activation in byStage[stage] ?? [] where back.all.insert(activation).inserted {
        if let kept = candidates[activation] { roots.append((activation, kept)) }
        extras.kept[activation] = nil
        takeBack(activation, in: graph, &back, &directives)
      }
    }
    forgetEnds(of: back.all)
    directives.released += outputs.remove(of: back.all).map { .succeeded($0.output, input: nil) }
    (isCancelled, wasCut) = (false, false)
    extras.cause = nil
    if let fatal = extras.fatal, extras.failures[fatal] == nil { extras.fatal = extras.failures.keys.min() }
    extras.end = nil
    roots.sort { $0.activation < $1.activation }
    reopen(roots, in: graph, ticket, &directives)
    redrive.reopened = roots.map(\.activation)
    redrive.takenBack = back.all.subtracting(redrive.reopened).sorted()
    return redrive
  }

  /// What may be opened again, with what it ran on.
  private func redrivable(_ chosen: [DeadLetter.ID]?, in graph: WorkflowGraph) -> [Activation: RunExtras.Kept] {
    guard hasExtras || isCancelled else { return [:] }
    var found: [Activation: RunExtras.Kept] = [:]
    let current = chosen?.filter { generation(of: $0.activation) == $0.generation }.map(\.activation)
    for activation in current ?? Array(extras.failures.keys) where extras.failures[activation] != nil {
      found[activation] = extras.kept[activation]
    }
    guard chosen == nil || isCancelled && !found.isEmpty else { return found }
    for (activation, kept) in extras.kept
    where extras.failures[activation] == nil && !hasLost(activation, in: graph) {
      found[activation] = kept
    }
    // What was told to stop, and has not come back: what it still brings is not wanted.
    for (activation, entry) in open.sorted
    where entry.stage == .running && isCutByFlag(activation, in: graph) {
      found[activation] = RunExtras.Kept(entry.input)
    }
    return found
  }

  /// Makes an activation one that has never started, and passes the word on.
  private mutating func takeBack(
    _ activation: Activation, in graph: WorkflowGraph, _ back: inout TakingBack, _ directives: inout Directives
  ) {
    extras.generations[activation, default: 0] += 1
    if let entry = open[activation] {
      let delivery = DeliveryID(run: run, key: entry.key(of: activation))
      switch entry.stage {
      case .running: directives.interrupts.append(delivery)
      case .ready, .parked: directives.withdrawn.append(delivery)
      }
      directives.released += entry.input.tokens
      close(activation)
      extras.parked[activation] = nil
    } else {
      follow(activation, in: graph, &back, &directives)
    }
    if let kept = extras.kept.removeValue(forKey: activation) { directives.released += kept.input.tokens }
    extras.failures[activation] = nil
    forgetSink(activation)
    extras.settledJoins.remove(activation)
  }

  /// Takes the tokens back that the end of an activation put.
  private mutating func follow(
    _ activation: Activation, in graph: WorkflowGraph, _ back: inout TakingBack, _ directives: inout Directives
  ) {
    let stage = graph[activation.stage]
    for id in stage.outgoing {
      if graph[id].isGather, let item = activation.scope.indices.last {
        empty(id, item, at: activation.scope.enclosing, in: graph, &back, &directives)
      } else {
        empty(id, at: activation.scope, in: graph, &back, &directives)
      }
    }
    for map in stage.maps {
      let instance = RunExtras.MapInstance(map: map, scope: activation.scope)
      if let width = extras.widths.removeValue(forKey: instance) {
        back.maps.insert(instance)
        for item in 0..<width {
          for id in graph[map].links {
            empty(id, at: activation.scope.item(item), in: graph, &back, &directives)
          }
        }
      }
      for gather in graph[map].gathers { empty(gather, at: activation.scope, in: graph, &back, &directives) }
      for sink in graph[map].sinks {
        forgetSink(Activation(stage: sink, scope: activation.scope))
      }
    }
  }

  private mutating func forgetSink(_ activation: Activation) {
    let sink = RunExtras.Sink(activation: activation)
    extras.surfaced[sink] = nil
    extras.cutSinks.remove(sink)
  }

  /// Empties a slot, or an item's place in it. Where anything had followed from what is there, it is taken back too.
  private mutating func empty(
    _ id: LinkID, _ item: Int? = nil, at scope: ScopePath, in graph: WorkflowGraph, _ back: inout TakingBack,
    _ directives: inout Directives
  ) {
    let link = graph[id]
    let target = Activation(stage: link.target, scope: scope)
    if graph.onlyLink(into: link.target) != nil {
      back.below[link.target, default: []].insert(target)
      return
    }
    extras.shortfalls[RunExtras.Gather(link: id, scope: scope)] = nil
    guard let join = extras.joins[target] else { return }
    let hadFollowed = join.hasFired || join.missing == 0
    let staysFired =
      join.hasFired && graph[link.target].rule.threshold != nil && !back.reopensMap(around: target, in: graph)
    if let item {
      directives.released += extras.joins[target]?.empty(item, at: link.slot) ?? []
    } else {
      directives.released += extras.joins[target]?.empty(link.slot) ?? []
    }
    if hadFollowed, !staysFired {
      back.below[link.target, default: []].insert(target)
      extras.joins[target]?.wait()
    }
    if extras.joins[target]?.isUntouched ?? false { extras.joins[target] = nil }
  }

  /// Has the roots delivered again, in a new generation.
  private mutating func reopen(
    _ roots: [(activation: Activation, kept: RunExtras.Kept)], in graph: WorkflowGraph, _ ticket: (any RunTicket)?,
    _ directives: inout Directives
  ) {
    var cascade = Cascade(ticket: ticket)
    for (activation, _) in roots where graph[activation.stage].rule.cancelsLosers {
      if !isCut(activation, in: graph) { cancelLosers(of: activation, in: graph, &cascade, &directives) }
    }
    for (activation, kept) in roots {
      // Not wanted any more: a join has fired without it.
      if isCut(activation, in: graph) {
        directives.released += kept.input.tokens
        cascade.pending.append((activation, .cancelled))
        continue
      }
      let key = DeliveryKey(activation: activation, generation: generation(of: activation))
      open.open(key, kept.input)
      directives.deliveries.append(delivery(key, kept.input, in: graph, ticket: ticket))
    }
    drain(&cascade, in: graph, &directives)
    completeIfEmpty(&directives)
  }
}

/// How far a redrive has come.
private struct TakingBack {
  /// What has followed from what was taken back so far, and is to be taken back in its turn.
  var below: [StageID: Set<Activation>] = [:]
  var all: Set<Activation> = []
  /// The maps that are to open anew, with all that lies in them.
  var maps: Set<RunExtras.MapInstance> = []

  /// Whether an activation lies in a map that opens anew: then nothing of it stays, not even an eager join that fired.
  func reopensMap(around activation: Activation, in graph: WorkflowGraph) -> Bool {
    graph[activation.stage].scope.enumerated().contains { level, map in
      maps.contains(RunExtras.MapInstance(map: map, scope: activation.scope.prefix(level)))
    }
  }
}

extension JoinState {
  /// Takes a token back. Returns what is to be let go.
  fileprivate mutating func empty(_ slot: Int) -> [Token] {
    let found = slots[slot]
    slots[slot] = .empty
    switch found {
    case .empty: return []
    case .gathering(let places, missing: _): return places.compactMap { $0 }
    case .token(let token):
      missing += 1
      return [token]
    case .gathered(let items, as: let token):
      missing += 1
      return items + [token]
    }
  }

  /// Takes one item of a gather back; the others stay.
  fileprivate mutating func empty(_ item: Int, at slot: Int) -> [Token] {
    var places: [Token?]
    var empty: Int
    switch slots[slot] {
    case .empty: return []
    case .gathering(let found, let count): (places, empty) = (found, count)
    case .token(.gathered(let items)), .gathered(let items, as: _):
      (places, empty) = (items, 0)
      missing += 1
    // The whole map ended so, and no item of it.
    case .token: return []
    }
    slots[slot] = .empty  // gives the array up, so that it is changed in place
    let found = places[item]
    places[item] = nil
    if found != nil { empty += 1 }
    if empty < places.count { slots[slot] = .gathering(places, missing: empty) }
    return found.map { [$0] } ?? []
  }

  fileprivate var isUntouched: Bool {
    !hasFired && slots.allSatisfy { if case .empty = $0 { true } else { false } }
  }

  /// It has not fired: it waits for its tokens again.
  fileprivate mutating func wait() { hasFired = false }
}
