import Testing

@testable import TadweenCore

@Suite("R7 Identity")
struct MessageIDTests {
  @Test("A million ids of structured inputs: none equal")
  func noCollisions() {
    // What varies is what varies in earnest: small numbers, and names that differ in a digit.
    var ids: Set<MessageID> = []
    let links = (0..<100).map { LinkKey(source: "stage\($0 / 10)", target: "stage\($0 % 10)") }
    for run in UInt64(0)..<10 {
      for generation in UInt32(0)..<2 {
        for link in links {
          for index in 0..<500 {
            let scope = ScopePath([index / 25, index % 25])
            ids.insert(
              MessageID(run: RunID(high: run & 1, low: run >> 1), generation: generation, link: link, scope: scope))
          }
        }
      }
    }
    #expect(ids.count == 1_000_000)
    #expect(Set(ids.map(\.high)).count == 1_000_000, "each half alone spreads too")
    #expect(Set(ids.map(\.low)).count == 1_000_000)
  }

  @Test("Parts that run into each other stay apart")
  func boundaries() {
    let keys = [
      LinkKey(source: "ab", target: "c"), LinkKey(source: "a", target: "bc"), LinkKey(source: "abc", target: ""),
      LinkKey(source: "", target: "abc"), LinkKey(source: "a\0", target: "bc"), LinkKey(source: "a", target: "\0bc"),
      LinkKey(source: "12345678", target: ""), LinkKey(source: "1234567", target: "8"),
    ]
    #expect(Set(keys).count == keys.count)
    let run = RunID(high: 0, low: 0)
    let scopes = [[], [0], [0, 0], [0, 0, 0], [1], [0, 1], [1, 0]].map { ScopePath($0) }
    let ids = scopes.map { MessageID(run: run, generation: 0, link: keys[0], scope: $0) }
    #expect(Set(ids).count == scopes.count)
  }

  @Test("The same work published twice is the same message")
  func pure() {
    let make = {
      MessageID(
        run: RunID(high: 7, low: 9), generation: 1, link: LinkKey(source: "a", target: "b"), scope: ScopePath([3]))
    }
    #expect(make() == make())
    // Ids are stored: they may not differ from one version to the next.
    #expect(make().description == "852f9974a6c919ef98ebb3f8434a7ea4")
  }

  @Test("Adding a link, or a stage, changes no id")
  func stable() throws {
    let run = RunID(high: 1, low: 2)
    func ids(_ draft: GraphDraft) throws -> [String: MessageID] {
      let graph = try WorkflowGraph(draft)
      return Dictionary(
        uniqueKeysWithValues: graph.links.map { link in
          let name = "\(graph[link.source].name)>\(graph[link.target].name)"
          return (name, MessageID(run: run, generation: 0, link: link.key, scope: .root))
        })
    }
    let before = try ids(.of("a b c", "a>b", "b>c"))
    let after = try ids(.of("x a b c", "x>a", "a>b", "a>x2", "b>c").adding("x2"))
    for (name, id) in before { #expect(after[name] == id, "\(name)") }
  }
}

extension GraphDraft {
  fileprivate func adding(_ stage: String) -> GraphDraft {
    var draft = self
    draft.stages.insert(Stage(stage), at: 0)
    return draft
  }
}
