import TadweenCore

/// One graph with its needs, rules and flags, one entry, and what each stage may do.
struct ModelCase {
  let draft: GraphDraft
  let graph: WorkflowGraph
  let entry: StageID
  /// What every stage takes and puts out. The case's own: cases that are searched beside each other would fight for the
  /// reference count of one.
  let payload = Payload(())

  /// Nil where the graph check refuses the draft: then there is nothing to run.
  init?(_ draft: GraphDraft, entry: Int) {
    guard let graph = try? WorkflowGraph(draft) else { return nil }
    self.draft = draft
    self.graph = graph
    self.entry = StageID(entry)
  }

  /// A model of every case of this draft: one an entry.
  static func all(_ draft: GraphDraft) -> [ModelCase] {
    guard let graph = try? WorkflowGraph(draft) else { return [] }
    return graph.entries.compactMap { ModelCase(draft, entry: Int($0.index)) }
  }

  /// Every way in which a handler of this stage may end: it fails, its policy leaves the branch out, or it succeeds
  /// with some of its conditional links declined and with 0 to 2 items a map.
  func endings(of stage: StageID) -> [Ending] {
    let outgoing = graph[stage].outgoing
    let conditions = outgoing.filter { graph[$0].isConditional }
    var declined = (0..<(1 << conditions.count)).map { chosen in
      conditions.indices.filter { chosen >> $0 & 1 == 1 }.map { conditions[$0] }
    }
    for choice in Set(outgoing.compactMap { graph[$0].choice }).sorted() {
      let arms = outgoing.filter { graph[$0].choice == choice }
      declined = declined.flatMap { some in arms.map { taken in some + arms.filter { $0 != taken } } }
    }
    let widths = product(graph[stage].maps.map { _ in [0, 1, 2] })
    var endings: [Ending] = declined.flatMap { links in
      widths.map { .succeeded(Success(payload, declined: links, widths: $0)) }
    }
    endings.append(.notTaken)
    return endings
  }

  var description: String {
    let stages = draft.stages.map { stage in stage.name + (stage.runsWhenCancelled ? "!" : "") }
    let links = draft.links.map { link in
      let kind =
        switch link.kind {
        case .value: link.choice != nil ? "choice" : link.isConditional ? "when" : "value"
        case .failure: "failure"
        case .each(let map): "each#\(map)"
        case .gather(let rule): "gather.\(rule)"
        }
      let rule = link.join.map { draft.joinRules[$0] } ?? .needs
      let need = rule == .needs ? "\(link.need)" : "\(rule)"
      return "\(link.source)→\(link.target) \(kind) \(need)"
    }
    return "stages \(stages.joined()), entry \(graph[entry].name), \(links.joined(separator: ", "))"
      + (draft.cancelsRunOnFailure ? ", a failure cancels" : "")
  }
}
