/// A gather that did not fire, because too many items had failed: what its rule asks for, and what there was.
public struct GatherShortfall: Hashable, Sendable, CustomStringConvertible {
  /// The stage inside the map.
  public let source: String
  /// The stage that its outputs are gathered into.
  public let target: String
  /// Where the target would have run; root outside maps.
  public let scope: ScopePath
  public let rule: GatherRule
  /// How many items the map had.
  public let items: Int
  /// How many of them succeeded.
  public let succeeded: Int

  init(of link: Link, in graph: WorkflowGraph, _ rule: GatherRule, at scope: ScopePath, _ items: [Token]) {
    source = graph[link.source].name
    target = graph[link.target].name
    self.scope = scope
    self.rule = rule
    self.items = items.count
    succeeded = items.count(where: \.isSuccess)
  }

  public var description: String {
    let wanted =
      switch rule {
      case .all: "all items"
      case .ifTaken: "all items that are taken"
      case .outcome: "any items"
      case .atLeast(let share): "at least \(share) of the items"
      }
    return
      "The gather of \"\(source)\" into \"\(target)\"\(scope) asks for \(wanted); \(succeeded) of \(items) succeeded"
  }
}
