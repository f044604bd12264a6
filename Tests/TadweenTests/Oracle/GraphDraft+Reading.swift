import TadweenCore

/// What a draft says, looked up naively: the oracle trusts nothing that the checked graph computed.
extension GraphDraft {
  func incoming(_ stage: String) -> [GraphDraft.Link] { links.filter { $0.target == stage } }
  func outgoing(_ stage: String) -> [GraphDraft.Link] { links.filter { $0.source == stage } }
  func rule(_ stage: String) -> JoinRule { incoming(stage).first?.join.map { joinRules[$0] } ?? .needs }
  func runsWhenCancelled(_ stage: String) -> Bool { stages.contains { $0.name == stage && $0.runsWhenCancelled } }

  /// The numbers of the maps that a stage lies in, outermost first.
  func maps(around stage: String) -> [Int] {
    guard let link = incoming(stage).first else { return [] }
    switch link.kind {
    case .value, .failure: return maps(around: link.source)
    case .each(let map): return maps(around: link.source) + [map]
    case .gather: return maps(around: link.source).dropLast()
    }
  }

  func opener(_ map: Int) -> String {
    links.first { if case .each(map) = $0.kind { true } else { false } }?.source ?? "no map \(map)"
  }

  /// Whether all paths from this stage, failure links included, lead through that join. A sink's own output leads
  /// nowhere, so it does not.
  func leads(_ stage: String, to join: String) -> Bool {
    let leaving = outgoing(stage)
    let isSink = leaving.allSatisfy { if case .failure = $0.kind { true } else { false } }
    return stage != join && !isSink && leaving.allSatisfy { $0.target == join || leads($0.target, to: join) }
  }

  /// The joins that cancel this stage when they fire without it.
  func rivals(_ stage: String) -> [String] {
    stages.map(\.name).filter { join in
      switch rule(join) {
      case .anySucceeded(cancelLosers: true), .quorum(_, cancelLosers: true): leads(stage, to: join)
      default: false
      }
    }
  }
}
