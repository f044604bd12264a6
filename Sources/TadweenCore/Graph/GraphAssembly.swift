/// The checked graph, put together from a draft in which nothing is wrong.
extension GraphCheck {
  func assemble(_ scopes: Scopes) -> WorkflowGraph {
    var slots = Array(repeating: 0, count: edges.count)
    for links in incoming {
      for (slot, edge) in links.enumerated() { slots[edge] = slot }
    }
    let links = edges.indices.map { edge in
      let link = edges[edge].draft
      let kind: Link.Kind =
        switch link.kind {
        case .value: .value
        case .failure: .failure
        case .each(let map): .each(MapID(map))
        case .gather(let rule): .gather(MapID(scopes.closes[edge] ?? 0), rule)
        }
      return Link(
        source: StageID(edges[edge].source), target: StageID(edges[edge].target), kind: kind, need: link.need,
        slot: slots[edge], isConditional: link.isConditional,
        choice: link.choice, carriesInput: link.carriesInput,
        key: LinkKey(source: link.source, target: link.target))
    }
    let losing = draft.stages.indices.map { rule(of: $0).cancelsLosers ? losers(of: $0, scopes) : [] }
    var losesTo = Array(repeating: [StageID](), count: losing.count)
    for join in losing.indices { for loser in losing[join] { losesTo[Int(loser.index)].append(StageID(join)) } }
    let stages = draft.stages.indices.map { stage in
      let leaving = outgoing[stage].map { edge in (id: LinkID(edge), link: links[edge]) }
      let maps = leaving.compactMap { if case .each(let map) = $0.link.kind { map } else { nil } }
      return WorkflowGraph.Stage(
        name: name(stage), incoming: incoming[stage].map { LinkID($0) },
        outgoing: leaving.filter { if case .each = $0.link.kind { false } else { true } }.map(\.id),
        maps: maps.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }, rule: rule(of: stage),
        scope: scopes.paths[stage].map { MapID($0) }, isSink: leaving.allSatisfy { $0.link.kind == .failure },
        hasFailureLink: leaving.contains { $0.link.kind == .failure },
        runsWhenCancelled: draft.stages[stage].runsWhenCancelled, keepsOutput: draft.stages[stage].keepsOutput,
        bound: draft.stages[stage].bound, losers: losing[stage], losesTo: losesTo[stage],
        key: LinkKey(source: "", target: name(stage)))
    }
    let maps = (0..<draft.maps).map { map in
      let opening = links.indices.filter { links[$0].kind == .each(MapID(map)) }
      return WorkflowGraph.Map(
        source: opening.first.map { links[$0].source } ?? StageID(0), links: opening.map { LinkID($0) },
        gathers: links.indices.filter { if case .gather(MapID(map), _) = links[$0].kind { true } else { false } }
          .map { LinkID($0) },
        sinks: stages.indices.filter { stages[$0].isSink && stages[$0].scope.contains(MapID(map)) }.map { StageID($0) })
    }
    return WorkflowGraph(
      stages: stages, links: links, maps: maps, defaultEntry: draft.entryPoint.flatMap { ids[$0] },
      topologicalOrder: order.map { StageID($0) }, cancelsRunOnFailure: draft.cancelsRunOnFailure, ids: ids)
  }

  /// The stages all of whose paths, failure links included, lead through this join.
  ///
  /// A sink is none of them, though its failure link may lead here: it is an end of the run (rule R9), and whether its
  /// output is there, or what it died of surfaces, must not depend on who came first. Neither is a stage outside the
  /// join's map: its paths lead through the joins of all items, and none of them may cancel it for the others.
  private func losers(of join: Int, _ scopes: Scopes) -> [StageID] {
    var found: Set<Int> = []
    for stage in order.reversed() where stage != join {
      let isSink = outgoing[stage].allSatisfy { if case .failure = edges[$0].draft.kind { true } else { false } }
      if isSink { continue }
      let targets = outgoing[stage].map { edges[$0].target }
      if targets.allSatisfy({ $0 == join || found.contains($0) }) { found.insert(stage) }
    }
    return found.filter { scopes.paths[$0].starts(with: scopes.paths[join]) }.sorted().map { StageID($0) }
  }
}
