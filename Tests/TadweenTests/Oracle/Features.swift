import TadweenCore

/// Which of the things that a graph can have a draft has: the generator must bring forth each of them.
enum Features {
  static let all = [
    "one stage", "chain of 3", "fan-out", "conditional link", "choice with otherwise", "choice without otherwise",
    "failure link", "join of needs", "need ifTaken", "need outcome", "anySucceeded", "quorum", "cancelLosers",
    "map", "map with several targets", "nested map", "gather all", "gather ifTaken", "gather outcome",
    "gather atLeast", "gather as an arm", "several entries", "entry point", "runsWhenCancelled", "bound 1",
    "sink inside a map", "failure link in a join",
  ]

  static func of(_ draft: GraphDraft) -> Set<String> {
    var found: Set<String> = []
    func note(_ feature: String, _ holds: Bool) { if holds { found.insert(feature) } }
    note("one stage", draft.stages.count == 1)
    note("entry point", draft.entryPoint != nil)
    note("several entries", draft.stages.count { draft.incoming($0.name).isEmpty } > 1)
    for stage in draft.stages {
      let (incoming, outgoing) = (draft.incoming(stage.name), draft.outgoing(stage.name))
      note("fan-out", outgoing.count > 1)
      note("chain of 3", incoming.count == 1 && outgoing.count == 1)
      note("runsWhenCancelled", stage.runsWhenCancelled)
      note("bound 1", stage.bound == 1)
      note("nested map", draft.maps(around: stage.name).count > 1)
      note("sink inside a map", outgoing.isEmpty && !draft.maps(around: stage.name).isEmpty)
      if incoming.count > 1 {
        switch draft.rule(stage.name) {
        case .needs: note("join of needs", true)
        case .anySucceeded(let cancels), .quorum(_, let cancels): note("cancelLosers", cancels)
        }
        if case .anySucceeded = draft.rule(stage.name) { note("anySucceeded", true) }
        if case .quorum = draft.rule(stage.name) { note("quorum", true) }
      }
    }
    for link in draft.links {
      note("conditional link", link.isConditional && link.choice == nil)
      note("need ifTaken", link.need == .ifTaken)
      note("need outcome", link.need == .outcome)
      switch link.kind {
      case .value: break
      case .failure: note(link.join == nil ? "failure link" : "failure link in a join", true)
      case .each(let map):
        note("map", true)
        note("map with several targets", draft.links.count { if case .each(map) = $0.kind { true } else { false } } > 1)
      case .gather(let rule):
        note("gather as an arm", link.join != nil)
        switch rule {
        case .all: note("gather all", true)
        case .ifTaken: note("gather ifTaken", true)
        case .outcome: note("gather outcome", true)
        case .atLeast: note("gather atLeast", true)
        }
      }
    }
    for (_, arms) in Dictionary(grouping: draft.links.filter { $0.choice != nil }, by: \.choice) {
      let hasOtherwise = arms.contains { !$0.isConditional }
      note(hasOtherwise ? "choice with otherwise" : "choice without otherwise", true)
    }
    return found
  }
}
