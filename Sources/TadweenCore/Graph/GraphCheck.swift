/// Turns a draft into a graph, or finds everything that is wrong with it.
///
/// In three passes: names and links; order; then what needs the order: scopes, joins, maps. A later pass runs only
/// where the earlier ones left something to stand on, so that one mistake is not reported as five.
struct GraphCheck {
  let draft: GraphDraft
  private(set) var issues: [GraphIssue] = []

  var ids: [String: StageID] = [:]
  /// The draft's links that can be used, with their ends.
  var edges: [Edge] = []
  /// Positions in `edges`, by stage.
  var incoming: [[Int]] = []
  var outgoing: [[Int]] = []
  var order: [Int] = []
  private var suggestions = NameSuggestions()

  struct Edge {
    let draft: GraphDraft.Link
    let source: Int
    let target: Int
  }

  init(_ draft: GraphDraft) { self.draft = draft }

  mutating func run() -> WorkflowGraph? {
    checkStages()
    checkLinks()
    checkEntryPoint()
    checkJoins()
    sortTopologically()
    // Scopes and exclusions are computed along the order; without one they would report echoes of the cycle.
    guard order.count == draft.stages.count else { return nil }
    let scopes = Scopes(self)
    issues += scopes.issues
    issues += exclusions(scopes)
    guard issues.isEmpty else { return nil }
    return assemble(scopes)
  }

  func name(_ stage: Int) -> String { draft.stages[stage].name }

  private mutating func checkStages() {
    if draft.stages.isEmpty { issues.append(.emptyWorkflow) }
    var duplicates: Set<String> = []
    for (index, stage) in draft.stages.enumerated() {
      if stage.name.isEmpty { issues.append(.emptyStageName) }
      if let bound = stage.bound, bound < 1 { issues.append(.invalidBound(stage.name, bound: bound)) }
      if ids[stage.name] == nil {
        ids[stage.name] = StageID(index)
      } else if duplicates.insert(stage.name).inserted {
        issues.append(.duplicateStage(stage.name))
      }
    }
  }

  private mutating func checkLinks() {
    incoming = Array(repeating: [], count: draft.stages.count)
    outgoing = incoming
    var seen: Set<[Int]> = []
    for link in draft.links {
      let source = ids[link.source]
      let target = ids[link.target]
      if source == nil {
        issues.append(.unknownStage(link.source, linkedWith: link.target, near: nearest(to: link.source)))
      }
      if target == nil {
        issues.append(.unknownStage(link.target, linkedWith: link.source, near: nearest(to: link.target)))
      }
      if case .gather(.atLeast(let share)) = link.kind, !(0...1).contains(share) {
        issues.append(.shareOutOfRange(link.target, share: share))
      }
      guard let source, let target else { continue }
      if source == target {
        issues.append(.selfLink(link.source))
      } else if !seen.insert([Int(source.index), Int(target.index)]).inserted {
        issues.append(.duplicateLink(from: link.source, to: link.target))
      } else {
        incoming[Int(target.index)].append(edges.count)
        outgoing[Int(source.index)].append(edges.count)
        edges.append(Edge(draft: link, source: Int(source.index), target: Int(target.index)))
      }
    }
  }

  private mutating func checkEntryPoint() {
    guard let entry = draft.entryPoint else { return }
    guard let id = ids[entry] else { return issues.append(.unknownEntryPoint(entry, near: nearest(to: entry))) }
    let parents = incoming[Int(id.index)].map { edges[$0].draft.source }
    if !parents.isEmpty { issues.append(.entryPointHasParents(entry, parents: parents)) }
  }

  private mutating func nearest(to name: String) -> String? { suggestions.nearest(to: name, among: ids.keys) }

  private mutating func checkJoins() {
    for (stage, links) in incoming.enumerated() {
      let joins = Set(links.map { edges[$0].draft.join })
      if links.count > 1, joins.count > 1 || joins.contains(nil) {
        issues.append(.parentsWithoutJoin(name(stage), parents: links.map { edges[$0].draft.source }))
      } else if let join = joins.first, let join, case .quorum(let quorum, _) = draft.joinRules[join],
        !(1...links.count).contains(quorum)
      {
        issues.append(.quorumOutOfRange(name(stage), quorum: quorum, parents: links.count))
      }
    }
  }

  private mutating func sortTopologically() {
    var waitingFor = incoming.map(\.count)
    order = waitingFor.indices.filter { waitingFor[$0] == 0 }
    var next = 0
    while next < order.count {
      for edge in outgoing[order[next]] {
        let target = edges[edge].target
        waitingFor[target] -= 1
        if waitingFor[target] == 0 { order.append(target) }
      }
      next += 1
    }
    reportCycles(within: waitingFor.map { $0 > 0 })
  }

  /// Walks backwards from every stage that the sort could not place: each has a parent of the same kind, so a walk must
  /// come back to a stage that it has seen itself, which closes a cycle, or that an earlier walk has.
  private mutating func reportCycles(within unplaced: [Bool]) {
    /// By stage: the walk that came by.
    var walks = Array(repeating: -1, count: unplaced.count)
    for start in unplaced.indices where unplaced[start] && walks[start] < 0 {
      var path: [Int] = []
      var stage = start
      while walks[stage] < 0 {
        walks[stage] = start
        path.append(stage)
        guard let edge = incoming[stage].first(where: { unplaced[edges[$0].source] }) else { break }
        stage = edges[edge].source
      }
      guard walks[stage] == start, let first = path.firstIndex(of: stage) else { continue }
      let loop = Array(path[first...].reversed())
      issues.append(.cycle((loop + loop.prefix(1)).map(name)))
    }
  }

  func rule(of stage: Int) -> JoinRule {
    guard let first = incoming[stage].first, let join = edges[first].draft.join else { return .needs }
    return draft.joinRules[join]
  }
}
