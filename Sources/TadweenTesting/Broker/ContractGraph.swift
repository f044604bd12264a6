import Tadween

/// The small graphs that the checks run on.
enum ContractGraph {
  /// a → b, whose output the run keeps, as b is a sink.
  static func line() throws -> WorkflowGraph { try make(["a", "b"], [.init("a", "b")]) }

  /// a → b, which is given what a was given beside what a gave; the run keeps both outputs.
  static func carrying() throws -> WorkflowGraph {
    var draft = GraphDraft()
    draft.stages = [.init("a", keepsOutput: true), .init("b")]
    draft.links = [.init("a", "b", carriesInput: true)]
    return try WorkflowGraph(draft)
  }

  /// a → b and c → d: two entries that have nothing to do with each other.
  static func twoEntries() throws -> WorkflowGraph {
    try make(["a", "b", "c", "d"], [.init("a", "b"), .init("c", "d")])
  }

  /// a → left, right → both: a join that needs the values of two.
  static func diamond(_ rule: JoinRule = .needs) throws -> WorkflowGraph {
    try make(
      ["a", "left", "right", "both"],
      [.init("a", "left"), .init("a", "right"), .init("left", "both", join: 0), .init("right", "both", join: 0)],
      joins: [rule])
  }

  /// a → maybe (a condition), always, rescue (a failure link) → all, which takes whatever their outcomes are.
  static func branches() throws -> WorkflowGraph {
    try make(
      ["a", "maybe", "always", "rescue", "all"],
      [
        .init("a", "maybe", isConditional: true), .init("a", "always"), .init("a", "rescue", kind: .failure),
        .init("maybe", "all", need: .outcome, join: 0), .init("always", "all", need: .outcome, join: 0),
        .init("rescue", "all", need: .outcome, join: 0),
      ], joins: [.needs])
  }

  /// split → an item each → book, which gathers them.
  static func map() throws -> WorkflowGraph {
    var draft = GraphDraft()
    draft.stages = [.init("split"), .init("item"), .init("book")]
    draft.links = [.init("split", "item", kind: .each(draft.newMap())), .init("item", "book", kind: .gather(.all))]
    return try WorkflowGraph(draft)
  }

  /// a → tidy, which takes any outcome, also where the run was cancelled.
  static func tidying() throws -> WorkflowGraph {
    try make(["a", "tidy"], [.init("a", "tidy", need: .outcome)], sparing: "tidy")
  }

  private static func make(
    _ stages: [String], _ links: [GraphDraft.Link], joins: [JoinRule] = [], sparing spared: String? = nil
  ) throws -> WorkflowGraph {
    var draft = GraphDraft()
    draft.stages = stages.map { .init($0, runsWhenCancelled: $0 == spared) }
    draft.links = links
    for rule in joins { _ = draft.newJoin(rule) }
    return try WorkflowGraph(draft)
  }
}
