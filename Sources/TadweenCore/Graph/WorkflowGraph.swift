/// A checked graph: stages in the order they were added, links by number, scopes computed.
///
/// A value of this type can be relied on: it has no cycle, every join can fire, every stage lies in one scope.
public struct WorkflowGraph: Sendable {
  // A class, because it is looked up for every message: one reference count instead of one a field.
  public final class Stage: Sendable {
    public let name: String
    /// In the order of the links; a join's arguments come in this order.
    public let incoming: [LinkID]
    /// All but the links of maps.
    public let outgoing: [LinkID]
    /// The maps that this stage's output opens.
    public let maps: [MapID]
    public let rule: JoinRule
    /// The maps it lies in, outermost first.
    public let scope: [MapID]
    /// Whether its outgoing links, if any, are all failure links (rule R9).
    public let isSink: Bool
    public let hasFailureLink: Bool
    public let runsWhenCancelled: Bool
    public let keepsOutput: Bool
    /// The greatest number of messages its queue takes before publishers wait; nil: no bound.
    public let bound: Int?
    /// The stages all of whose paths lead through this join, where its rule cancels them; in the order of the graph.
    public let losers: [StageID]
    /// The joins that this stage is a loser of.
    public let losesTo: [StageID]
    /// What names a join's own messages: they come by several links.
    public let key: LinkKey

    package init(
      name: String, incoming: [LinkID], outgoing: [LinkID], maps: [MapID], rule: JoinRule, scope: [MapID],
      isSink: Bool, hasFailureLink: Bool, runsWhenCancelled: Bool, keepsOutput: Bool, bound: Int?,
      losers: [StageID], losesTo: [StageID], key: LinkKey
    ) {
      self.name = name
      self.incoming = incoming
      self.outgoing = outgoing
      self.maps = maps
      self.rule = rule
      self.scope = scope
      self.isSink = isSink
      self.hasFailureLink = hasFailureLink
      self.runsWhenCancelled = runsWhenCancelled
      self.keepsOutput = keepsOutput
      self.bound = bound
      self.losers = losers
      self.losesTo = losesTo
      self.key = key
    }

    /// Whether it is no join and its one link brings the items of a map.
    package func takesItems(in graph: WorkflowGraph) -> Bool {
      guard incoming.count == 1, case .each = graph[incoming[0]].kind else { return false }
      return true
    }
  }

  /// One call of `link(_:toEach:)`: what opens when its source succeeds, and what closes it.
  public final class Map: Sendable {
    public let source: StageID
    public let links: [LinkID]
    /// The gathers that close it.
    public let gathers: [LinkID]
    /// Sinks inside it, those of inner maps included.
    public let sinks: [StageID]

    package init(source: StageID, links: [LinkID], gathers: [LinkID], sinks: [StageID]) {
      self.source = source
      self.links = links
      self.gathers = gathers
      self.sinks = sinks
    }
  }

  public let stages: [Stage]
  public let links: [Link]
  public let maps: [Map]
  /// The stages without incoming links.
  public let entries: [StageID]
  /// The entry that a submission goes to when it names none.
  public let defaultEntry: StageID?
  /// Every stage after all that lead to it.
  public let topologicalOrder: [StageID]
  public let cancelsRunOnFailure: Bool
  private let ids: [String: StageID]

  /// Checks a draft.
  ///
  /// - Throws: ``GraphError`` with everything that is wrong, in the user's stage names.
  /// - Complexity: linear in stages and links, but for joins with a quorum over parents that exclude each other in
  ///   tangled ways; the search for a way to meet it is limited.
  public init(_ draft: GraphDraft) throws(GraphError) {
    var check = GraphCheck(draft)
    guard let graph = check.run() else { throw GraphError(issues: check.issues) }
    self = graph
  }

  package init(
    stages: [Stage], links: [Link], maps: [Map], defaultEntry: StageID?, topologicalOrder: [StageID],
    cancelsRunOnFailure: Bool, ids: [String: StageID]
  ) {
    self.stages = stages
    self.links = links
    self.maps = maps
    self.entries = stages.indices.filter { stages[$0].incoming.isEmpty }.map { StageID($0) }
    self.defaultEntry = defaultEntry ?? (entries.count == 1 ? entries[0] : nil)
    self.topologicalOrder = topologicalOrder
    self.cancelsRunOnFailure = cancelsRunOnFailure
    self.ids = ids
  }

  public subscript(stage: StageID) -> Stage { stages[Int(stage.index)] }
  public subscript(link: LinkID) -> Link { links[Int(link.index)] }
  public subscript(map: MapID) -> Map { maps[Int(map.index)] }

  /// The stage of this name.
  public func stage(named name: String) -> StageID? { ids[name] }

  /// These stages, and all that any of them leads to.
  func stagesAtOrBelow(_ stages: Set<StageID>) -> Set<StageID> {
    if stages.isEmpty { return [] }
    var found = stages
    for id in topologicalOrder where self[id].incoming.contains(where: { found.contains(self[$0].source) }) {
      found.insert(id)
    }
    return found
  }
}
