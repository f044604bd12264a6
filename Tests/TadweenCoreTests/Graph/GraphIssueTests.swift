import Testing

@testable import TadweenCore

/// Everything that can be wrong with a graph: named, all at once, and beside each a twin in which one thing differs and
/// nothing is wrong.
@Suite("Graph issues")
struct GraphIssueTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let wrong: GraphDraft
    let issue: GraphIssue
    let right: GraphDraft
    var testDescription: String { name }

    init(_ name: String, _ wrong: GraphDraft, _ issue: GraphIssue, right: GraphDraft) {
      (self.name, self.wrong, self.issue, self.right) = (name, wrong, issue, right)
    }
  }

  static let cases: [Case] = [
    Case("empty workflow", .of(""), .emptyWorkflow, right: .of("a")),
    Case("empty name", named(""), .emptyStageName, right: named("b")),
    Case("duplicate stage", .of("a b a", "a>b"), .duplicateStage("a"), right: .of("a b c", "a>b")),
    Case("unknown target", .of("a b", "a>c"), .unknownStage("c", linkedWith: "a"), right: .of("a b", "a>b")),
    Case("unknown source", .of("a b", "c>b"), .unknownStage("c", linkedWith: "b"), right: .of("a b", "a>b")),
    Case("link to itself", .of("a b", "a>a"), .selfLink("a"), right: .of("a b", "a>b")),
    Case(
      "linked twice", .of("a b", "a>b", "a!b").joining("b"), .duplicateLink(from: "a", to: "b"),
      right: .of("a b c", "a>b", "a!c")),
    Case(
      "cycle", .of("s a b c", "s>a", "a>b", "b>c", "c>a").joining("a"), .cycle(["b", "c", "a", "b"]),
      right: .of("s a b c", "s>a", "a>b", "b>c")),
    Case(
      "parents without a join", .of("a b c d", "a>b", "a>c", "b>d", "c>d"),
      .parentsWithoutJoin("d", parents: ["b", "c"]),
      right: .of("a b c d", "a>b", "a>c", "b>d", "c>d").joining("d")),
    Case(
      "quorum too large", diamond(.quorum(3, cancelLosers: false)), .quorumOutOfRange("d", quorum: 3, parents: 2),
      right: diamond(.quorum(2, cancelLosers: false))),
    Case(
      "quorum of none", diamond(.quorum(0, cancelLosers: false)), .quorumOutOfRange("d", quorum: 0, parents: 2),
      right: diamond(.quorum(1, cancelLosers: false))),
    Case(
      "different scopes", .of("a b c d", "a*b", "a>c", "b>d", "c>d").joining("d"),
      .parentsInDifferentScopes("d", scopes: ["\"b\" inside the map of \"a\"", "\"c\" outside any map"]),
      right: .of("a b c d", "a*b", "a>c", "b+d", "c>d").joining("d")),
    Case("gather outside a map", .of("a b", "a+b"), .gatherOutsideMap(from: "a", to: "b"), right: .of("a b", "a>b")),
    Case(
      "gather of items that can be skipped", .of("a b c d", "a*b", "b?c", "c+d"),
      .gatherOfSkippableItems(from: "c", to: "d"), right: .of("a b c d", "a*b", "b?c", "c+d").gathering("d", .ifTaken)),
    Case(
      "share out of range", .of("a b c", "a*b", "b+c").gathering("c", .atLeast(1.1)),
      .shareOutOfRange("c", share: 1.1), right: .of("a b c", "a*b", "b+c").gathering("c", .atLeast(0.9))),
    Case("bound of none", bounded(0), .invalidBound("a", bound: 0), right: bounded(1)),
    Case("unknown entry point", entered("c"), .unknownEntryPoint("c"), right: entered("a")),
    Case("entry point with parents", entered("b"), .entryPointHasParents("b", parents: ["a"]), right: entered("a")),
  ]

  @Test("The error names it, and a twin that differs in one thing is right", arguments: cases)
  func named(_ one: Case) {
    #expect(one.wrong.issues == [one.issue])
    #expect(one.right.issues == [])
    #expect(!one.issue.description.isEmpty)
  }

  @Test("The description names the stages and says what to do")
  func descriptions() {
    for one in Self.cases {
      guard case .emptyWorkflow = one.issue else {
        let mirror = "\(one.issue)"
        #expect(mirror.hasSuffix(".") || mirror.contains(": "), "\(mirror)")
        continue
      }
    }
    #expect("\(GraphIssue.cycle(["a", "b", "a"]))".contains("\"a\" → \"b\" → \"a\""))
    #expect("\(GraphIssue.gatherOfSkippableItems(from: "c", to: "d"))".contains(".ifTaken"))
    let both = GraphError(issues: [.emptyWorkflow, .selfLink("a")])
    #expect(both.description.split(separator: "\n").count == 2)
  }

  @Test("All problems at once")
  func allAtOnce() {
    var draft = GraphDraft.of("a b b c d", "a>a", "a>nowhere", "a>c", "a>d", "c>d")
    draft.entryPoint = "d"
    draft.stages[0].bound = -1
    #expect(
      Set(draft.issues) == [
        .duplicateStage("b"), .selfLink("a"), .unknownStage("nowhere", linkedWith: "a"), .invalidBound("a", bound: -1),
        .parentsWithoutJoin("d", parents: ["a", "c"]), .entryPointHasParents("d", parents: ["a", "c"]),
      ])
  }

  @Test("Every cycle is printed that shares no stage with another")
  func twoCycles() {
    let draft = GraphDraft.of("a b x y", "a>b", "b>a", "x>y", "y>x")
    #expect(draft.issues == [.cycle(["b", "a", "b"]), .cycle(["y", "x", "y"])])
  }

  private static func named(_ name: String) -> GraphDraft {
    var draft = GraphDraft.of("a")
    draft.stages.append(.init(name))
    return draft
  }

  private static func bounded(_ bound: Int) -> GraphDraft {
    var draft = GraphDraft.of("a")
    draft.stages[0].bound = bound
    return draft
  }

  private static func entered(_ entry: String) -> GraphDraft {
    var draft = GraphDraft.of("a b", "a>b")
    draft.entryPoint = entry
    return draft
  }

  private static func diamond(_ rule: JoinRule) -> GraphDraft {
    .of("a b c d", "a>b", "a>c", "b>d", "c>d").joining("d", rule)
  }
}
