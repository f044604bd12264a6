/// A token that a join has not had yet (rule R18).
public struct AwaitedToken: Hashable, Sendable {
  /// The join.
  public let activation: Activation
  public let link: LinkID
  /// How many items of a gather have not ended; nil where the link is none, or its map has not opened.
  public let missingItems: Int?
}

extension RunLedger {
  /// The tokens that joins wait for which have had others; a join that nothing has reached yet is not among them.
  public func awaited(in graph: WorkflowGraph) -> [AwaitedToken] {
    extras.joins.sorted { $0.key < $1.key }.flatMap { join, state -> [AwaitedToken] in
      if state.hasFired || state.missing == 0 { return [] }
      return zip(graph[join.stage].incoming, state.slots).compactMap { link, slot in
        switch slot {
        case .token, .gathered: nil
        case .empty: AwaitedToken(activation: join, link: link, missingItems: nil)
        case .gathering(_, let missing): AwaitedToken(activation: join, link: link, missingItems: missing)
        }
      }
    }
  }
}
