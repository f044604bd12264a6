import Testing

@testable import TadweenCore

@Suite("Scopes, losers, order")
struct ScopeTests {
  private func depths(_ draft: GraphDraft) throws -> [String: Int] {
    let graph = try WorkflowGraph(draft)
    return Dictionary(uniqueKeysWithValues: graph.stages.map { ($0.name, $0.scope.count) })
  }

  @Test("A map opens a scope, a gather closes the innermost one")
  func nesting() throws {
    let draft = GraphDraft.of("a b c d e f", "a*b", "b*c", "c>d", "d+e", "e+f")
    #expect(try depths(draft) == ["a": 0, "b": 1, "c": 2, "d": 2, "e": 1, "f": 0])
  }

  @Test("Targets of one map share a scope; those of two maps do not")
  func sharing() throws {
    #expect(GraphDraft.of("a b c d", "a*b", "a*c", "b>d", "c>d").joining("d").issues == [])
    var two = GraphDraft.of("a b c d", "a*b", "a>c", "b>d", "c>d").joining("d")
    two.links[1].kind = .each(two.newMap())
    guard case .parentsInDifferentScopes("d", _) = two.issues.first else {
      Issue.record("two maps were taken for one: \(two.issues)")
      return
    }
  }

  @Test("A map knows its gathers and its sinks, those of inner maps included")
  func mapContents() throws {
    let graph = try WorkflowGraph(.of("a b c d e", "a*b", "b*c", "b+d", "a>e"))
    let outer = try #require(graph.maps.first { graph[$0.source].name == "a" })
    #expect(outer.gathers.map { graph[graph[$0].target].name } == ["d"])
    #expect(outer.sinks.map { graph[$0].name } == ["c"])
  }

  @Test("A gather of plain values: refused where an item can be skipped, wherever the condition is")
  func skippable() throws {
    let skipped = [
      GraphDraft.of("a b c d", "a*b", "b?c", "c+d"),
      GraphDraft.of("a b c e d", "a*b", "b>c", "b>e", "c+d").choosing(from: "b", "c", "e"),
      GraphDraft.of("a b c d", "a*b", "b!c", "c+d"),
      GraphDraft.of("a b c e f d", "a*b", "b?c", "b>e", "c>f", "e>f", "f+d").joining("f"),
    ]
    for draft in skipped {
      guard case .gatherOfSkippableItems(_, to: "d") = draft.issues.first else {
        Issue.record("not refused: \(draft.links.map { "\($0.source)→\($0.target)" })")
        continue
      }
      #expect(draft.gathering("d", .ifTaken).issues == [])
    }
    // A join that takes what was left out mends it.
    #expect(skipped[3].joining("f", needs: ["c": .ifTaken]).issues == [])
    // A condition around the whole map skips no single item.
    #expect(GraphDraft.of("s a b c", "s?a", "a*b", "b+c").issues == [])
  }

  @Test("A gather of a share can be missed for skipped items, so the gather around it is skippable")
  func skippableShare() {
    let draft = GraphDraft.of("a b c e d f", "a*b", "b*c", "c?e", "e+d", "d+f").gathering("d", .atLeast(1))
    #expect(draft.issues == [.gatherOfSkippableItems(from: "d", to: "f")])
    #expect(draft.gathering("f", .ifTaken).issues == [])
    #expect(draft.gathering("d", .outcome).issues == [])
  }

  @Test("The order has every stage after all that lead to it")
  func order() throws {
    let graph = try WorkflowGraph(.of("d c b a", "a>b", "a>c", "b>d", "c>d").joining("d"))
    let position = Dictionary(uniqueKeysWithValues: graph.topologicalOrder.enumerated().map { ($1, $0) })
    for link in graph.links {
      #expect(try #require(position[link.source]) < #require(position[link.target]))
    }
    #expect(graph.entries.map { graph[$0].name } == ["a"])
    #expect(graph.defaultEntry.map { graph[$0].name } == "a")
  }

  @Test("A chain of 10 000 stages is built, and dies in one commit")
  func longChain() throws {
    var draft = GraphDraft()
    draft.stages = (0..<10_000).map { .init("s\($0)") }
    draft.links = (1..<10_000).map { .init("s\($0 - 1)", "s\($0)") }
    var run = try TestRun(draft, at: "s0")
    #expect(run.graph.stages.count == 10_000)
    run.fail("s0")
    #expect(run.failedStages == ["s0"])
  }

  @Test("Ten thousand stages around one: a star, a join, a map, a failure link at every stage")
  func wideGraphs() throws {
    let many = (0..<10_000).map { "s\($0)" }
    var star = GraphDraft()
    star.stages = (["a"] + many).map { .init($0) }
    star.links = many.map { .init("a", $0) }
    #expect(star.issues == [])

    var join = star
    join.stages.append(.init("z"))
    let number = join.newJoin()
    join.links += many.map { .init($0, "z", join: number) }
    #expect(join.issues == [])

    var map = star
    let opened = map.newMap()
    for index in map.links.indices { map.links[index].kind = .each(opened) }
    #expect(map.issues == [])

    var guarded = GraphDraft()
    guarded.stages = many.prefix(5_000).flatMap { [.init($0), .init("alert-\($0)")] }
    guarded.links = (0..<5_000).map { .init("s\($0)", "alert-s\($0)", kind: .failure) }
    guarded.links += (1..<5_000).map { .init("s\($0 - 1)", "s\($0)") }
    #expect(guarded.issues == [])
  }
}
