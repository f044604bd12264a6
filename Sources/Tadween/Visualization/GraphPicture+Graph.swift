package import TadweenCore

extension GraphPicture {
  /// Draws a graph up.
  ///
  /// - Parameters:
  ///   - name: The workflow's name, which becomes the title.
  ///   - details: What to say about each stage beside its place in the graph; nil for the bare graph. A stage that is
  ///     missing here shows only what the graph knows.
  /// - Complexity: linear in stages and links.
  package init(of graph: WorkflowGraph, name: String, details: [StageID: StageDetail]? = nil) {
    self.name = name
    self.notes = graph.cancelsRunOnFailure ? ["the first failure cancels the run"] : []
    let ids = graph.stages.indices.map(StageID.init)
    var nodes = ids.map { id in
      Node(
        id: Self.id(id), kind: .stage(Self.roles(of: id, in: graph)), name: graph[id].name,
        notes: Self.notes(on: id, in: graph),
        details: details.map { Self.details(of: graph[id], $0[id]) } ?? [],
        cluster: graph[id].scope.last.map { Int($0.index) })
    }

    // Arms count from 1 within their choice, in the order in which their conditions are asked.
    var arms: [Int: [LinkID]] = [:]
    var choices: [Int] = []
    for index in graph.links.indices {
      guard let choice = graph.links[index].choice else { continue }
      if arms[choice] == nil { choices.append(choice) }
      arms[choice, default: []].append(LinkID(index))
    }
    let boxes = Dictionary(uniqueKeysWithValues: choices.enumerated().map { ($1, "c\($0)") })

    var edges: [Edge] = []
    for index in graph.links.indices {
      let link = graph.links[index]
      var source = Self.id(link.source)
      var words = Self.words(for: link.kind)
      if let choice = link.choice, let box = boxes[choice], let siblings = arms[choice] {
        if siblings.first == LinkID(index) {
          nodes.append(
            Node(
              id: box, kind: .choice, name: "", notes: [], details: [],
              cluster: graph[link.source].scope.last.map { Int($0.index) }))
          edges.append(
            Edge(source: source, target: box, kind: .value, isConditional: false, need: .value, label: ""))
        }
        source = box
        words.append(Self.words(forArm: LinkID(index), of: siblings, in: graph))
      } else if link.isConditional {
        words.append("when")
      }
      switch link.need {
      case .value: break
      case .ifTaken: words.append("if taken")
      case .outcome: words.append("outcome")
      }
      if details != nil, link.carriesInput { words.append("with input") }
      edges.append(
        Edge(
          source: source, target: Self.id(link.target), kind: Self.kind(of: link),
          isConditional: link.isConditional && link.choice == nil, need: link.need,
          label: words.joined(separator: " · ")))
    }
    self.nodes = nodes
    self.edges = edges
    self.clusters = graph.maps.enumerated().map { index, map in
      let scope = graph[map.source].scope
      return Cluster(
        id: "m\(index)", source: graph[map.source].name, parent: scope.last.map { Int($0.index) }, depth: scope.count)
    }
  }

  private static func id(_ stage: StageID) -> String { "s\(stage.index)" }

  private static func roles(of id: StageID, in graph: WorkflowGraph) -> Roles {
    var roles: Roles = []
    if graph[id].incoming.isEmpty { roles.insert(.entry) }
    if graph[id].incoming.count > 1 { roles.insert(.join) }
    if graph[id].isSink { roles.insert(.sink) }
    return roles
  }

  private static func notes(on id: StageID, in graph: WorkflowGraph) -> [String] {
    let stage = graph[id]
    let roles = roles(of: id, in: graph)
    var notes: [String] = []
    if roles.contains(.entry) {
      notes.append(graph.entries.count > 1 && graph.defaultEntry == id ? "default entry" : "entry")
    }
    if roles.contains(.join) {
      let parents = stage.incoming.count
      switch stage.rule {
      case .needs: notes.append("join · waits for all \(parents)")
      case .anySucceeded: notes.append("join · first success of \(parents)")
      case .quorum(let count, _): notes.append("join · quorum \(count) of \(parents)")
      }
      if stage.rule.cancelsLosers { notes.append("cancels the others") }
    }
    if roles.contains(.sink) { notes.append("sink") }
    return notes
  }

  private static func details(of stage: WorkflowGraph.Stage, _ detail: StageDetail?) -> [String] {
    var lines: [String] = []
    if let detail {
      lines.append("handler: \(detail.handler)")
      if let policy = detail.policy { lines.append("policy: \(policy)") }
      lines += detail.limits
    }
    if let bound = stage.bound { lines.append("queue of at most \(bound)") }
    if stage.keepsOutput { lines.append("keeps its output") }
    if stage.runsWhenCancelled { lines.append("runs when cancelled") }
    return lines
  }

  private static func kind(of link: Link) -> Edge.Kind {
    switch link.kind {
    case .value: link.choice == nil ? .value : .arm
    case .failure: .failure
    case .each: .each
    case .gather: .gather
    }
  }

  private static func words(for kind: Link.Kind) -> [String] {
    switch kind {
    case .value: []
    case .failure: ["on failure"]
    case .each: ["each item"]
    case .gather(_, .all): ["gather all"]
    case .gather(_, .ifTaken): ["gather if taken"]
    case .gather(_, .outcome): ["gather outcomes"]
    case .gather(_, .atLeast(let share)): ["gather at least \(percent(share))"]
    }
  }

  /// The arm without a condition beside arms that have one is what remains.
  private static func words(forArm arm: LinkID, of arms: [LinkID], in graph: WorkflowGraph) -> String {
    if !graph[arm].isConditional, arms.contains(where: { graph[$0].isConditional }) { return "otherwise" }
    return "arm \((arms.firstIndex(of: arm) ?? 0) + 1)"
  }

  /// `90 %`, `33.3 %`: one digit after the point, where there is something to say there.
  private static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
  }
}
