/// From an end to its tokens, from tokens to joins, from joins to the next ends (rules R2–R5, R12).
extension RunLedger {
  /// Works off what an event brought about. A loop and no recursion: a chain of 10 000 dead stages is one event.
  mutating func drain(_ cascade: inout Cascade, in graph: WorkflowGraph, _ directives: inout Directives) {
    while let (activation, end) = cascade.pending.popLast() {
      settle(activation, end, in: graph, &cascade, &directives)
    }
  }

  /// Puts what an activation achieved on every outgoing link.
  mutating func succeed(
    _ activation: Activation, with success: Success, in graph: WorkflowGraph, _ cascade: inout Cascade,
    _ directives: inout Directives
  ) {
    let stage = graph[activation.stage]
    if stage.isSink || stage.keepsOutput {
      outputs.append(KeptOutput(activation: activation, output: success.output))
    }
    for id in stage.outgoing {
      let link = graph[id]
      let token: Token =
        link.kind == .failure || success.declined.contains(id)
        ? .notTaken : .succeeded(success.output, input: link.carriesInput ? success.input : nil)
      arrive(token, by: link, id, from: activation, in: graph, &cascade, &directives)
    }
    for (position, map) in stage.maps.enumerated() {
      open(map, width: success.widths[position], success, in: activation.scope, of: graph, &cascade, &directives)
    }
  }

  /// Puts the class of an activation that did not succeed on every outgoing link.
  mutating func settle(
    _ activation: Activation, _ end: End, in graph: WorkflowGraph, _ cascade: inout Cascade,
    _ directives: inout Directives
  ) {
    let stage = graph[activation.stage]
    note(activation, end, stage, in: graph, &cascade, &directives)
    for id in stage.outgoing {
      let link = graph[id]
      arrive(token(for: link, of: end), by: link, id, from: activation, in: graph, &cascade, &directives)
    }
    for map in stage.maps { close(map, end.death, in: activation.scope, of: graph, &cascade, &directives) }
  }

  /// Keeps what the run's end will need to know.
  private mutating func note(
    _ activation: Activation, _ end: End, _ stage: WorkflowGraph.Stage, in graph: WorkflowGraph,
    _ cascade: inout Cascade, _ directives: inout Directives
  ) {
    switch end {
    case .failed(let failure):
      extras.failures[activation] = failure
      if stage.isSink && !stage.hasFailureLink { extras.surfaced[RunExtras.Sink(activation: activation)] = failure }
      if graph.cancelsRunOnFailure {
        if extras.fatal == nil { extras.fatal = activation }
        if !isCancelled {
          isCancelled = true
          cancelOpen(in: graph, &cascade, &directives)
        }
      }
    case .dead(.failed(let failure)):
      if stage.isSink { extras.surfaced[RunExtras.Sink(activation: activation)] = failure }
    case .cancelled:
      if isCancelled && !hasLost(activation, in: graph) { wasCut = true }
      if stage.isSink { extras.cutSinks.insert(RunExtras.Sink(activation: activation)) }
    case .dead(.cancelled):
      if stage.isSink { extras.cutSinks.insert(RunExtras.Sink(activation: activation)) }
    case .notTaken, .dead(.notTaken):
      break
    }
  }

  private func token(for link: Link, of end: End) -> Token {
    guard link.kind == .failure else { return end.death.token }
    // Only the source's own failure; not one that was passed on to it.
    if case .failed(let failure) = end { return .caught(failure) }
    return .notTaken
  }

  /// A token reaches the target of a link.
  private mutating func arrive(
    _ token: consuming Token, by link: Link, _ id: LinkID, from source: Activation, in graph: WorkflowGraph,
    _ cascade: inout Cascade, _ directives: inout Directives
  ) {
    guard case .gather(let map, let rule) = link.kind else {
      return fill(id, token, at: source.scope, in: graph, &cascade, &directives)
    }
    let outer = source.scope.enclosing
    guard let width = extras.widths[RunExtras.MapInstance(map: map, scope: outer)], let item = source.scope.indices.last
    else { return }
    let join = Activation(stage: link.target, scope: outer)
    let parents = graph[link.target].incoming.count
    guard
      let items = extras.joins[join, default: JoinState(parents: parents)].record(
        token, of: item, width: width, at: link.slot)
    else { return }
    if rule.isMet(by: items) { return fill(id, .gathered(items), at: outer, in: graph, &cascade, &directives) }
    let death = Death.worst(of: items)
    if case .failed = death {
      extras.shortfalls[RunExtras.Gather(link: id, scope: outer)] = GatherShortfall(
        of: link, in: graph, rule, at: outer, items)
    }
    if !keepsValues { directives.released += items }
    fill(id, death.token, of: keepsValues ? items : nil, at: outer, in: graph, &cascade, &directives)
  }

  /// Whether a redrive may ask for what a join has had: something failed that may lie above it, or was cut.
  private var keepsValues: Bool { isCancelled || hasExtras && !extras.kept.isEmpty }

  /// Fills the link's slot at its target, and lets the target decide.
  ///
  /// - Parameter items: What the gather that this token stands for had, where that is to be kept.
  mutating func fill(
    _ id: LinkID, _ token: consuming Token, of items: [Token]? = nil, at scope: ScopePath, in graph: WorkflowGraph,
    _ cascade: inout Cascade, _ directives: inout Directives
  ) {
    let link = graph[id]
    let target = Activation(stage: link.target, scope: scope)
    let stage = graph[link.target]
    if stage.incoming.count == 1, stage.rule == .needs, !link.isGather {
      // A join of one: nothing to keep. (A gather has kept its items, and gives them up below.)
      if token.meets(link.need), token.severity != .notTaken {
        fire(target, single(token), link: id, in: graph, &cascade, &directives)
      } else {
        cascade.pending.append((target, .dead(token.death ?? .notTaken)))
      }
      return
    }
    guard
      extras.joins[target, default: JoinState(parents: stage.incoming.count)].record(
        token, at: link.slot, keeping: items)
    else { return }
    let keepsValues = keepsValues
    switch extras.joins[target]?.decide(stage, in: graph, keepsValues: keepsValues) {
    case .fire(let tokens):
      // A join that is cut fires for nobody: a clean-up that would lose to it runs all the same.
      if stage.rule.cancelsLosers, !isCut(target, in: graph) {
        cancelLosers(of: target, in: graph, &cascade, &directives)
      }
      fire(target, .join(tokens), link: nil, in: graph, &cascade, &directives)
    case .die(let death): cascade.pending.append((target, .dead(death)))
    case .wait, nil: break
    }
  }

  private func single(_ token: consuming Token) -> Delivery.Input {
    switch consume token {
    case .succeeded(let payload, let input): .single(payload, input: input)
    case .caught(let failure): .caught(failure)
    case let token: .join([token])
    }
  }

  private mutating func fire(
    _ activation: Activation, _ input: consuming Delivery.Input, link: LinkID?, in graph: WorkflowGraph,
    _ cascade: inout Cascade, _ directives: inout Directives
  ) {
    if isCancelled || hasExtras, isCut(activation, in: graph) {
      if isCutByFlag(activation, in: graph) {
        extras.kept[activation] = RunExtras.Kept(HeldInput(input))
      } else {
        directives.released += HeldInput(input).tokens
      }
      cascade.pending.append((activation, .cancelled))
      return
    }
    let key = DeliveryKey(activation: activation, generation: generation(of: activation))
    open.open(key, HeldInput(copy input))
    directives.deliveries.append(Delivery(run: run, key: key, link: link, input: input, ticket: cascade.ticket))
  }
}

extension End {
  /// The class that it passes on.
  var death: Death {
    switch self {
    case .notTaken: .notTaken
    case .failed(let failure): .failed(failure)
    case .cancelled: .cancelled
    case .dead(let death): death
    }
  }
}

extension Link {
  var isGather: Bool { if case .gather = kind { true } else { false } }
}
