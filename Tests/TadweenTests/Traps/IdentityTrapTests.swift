import Tadween
import Testing

/// Traps in telling the same work from other work.
@Suite(.timeLimit(.minutes(1))) struct IdentityTrapTests {
  /// What a handler was told of itself.
  private struct Told: Hashable, Sendable {
    let run: RunID
    let link: [String]
    let scope: ScopePath
    let key: String
  }

  @Test("trap 5: an idempotency key is a pure function of run, link and item", arguments: BrokerKind.allCases)
  func idempotencyKeys(_ kind: BrokerKind) async throws {
    let told = Locked([Told]())
    @Sendable func note(_ link: [String], _ context: HandlerContext) {
      let one = Told(run: context.run, link: link, scope: context.scope, key: context.idempotencyKey)
      told.withLock { $0.append(one) }
    }
    let seen = Locked([MessageID]())
    let policy = StagePolicyBuilder<Int, Int>().onRunning { message, _ in seen.withLock { $0.append(message.id) } }
    try await withWorkflow(kind) { workflow in
      let split = try workflow.addStage("split") { (n: Int, context: HandlerContext) in
        note(["", "split"], context)
        return Array(0..<n)
      }
      let item = try workflow.addStage("item", policy: policy) { (n: Int, context: HandlerContext) in
        note(["split", "item"], context)
        return n
      }
      try workflow.link(split, toEach: item)
    } use: { workflow, _ in
      for _ in 1...2 { try await workflow.submit(5).completion() }
    }
    let all = told.withLock { $0 }
    #expect(all.count == 12 && Set(all.map(\.key)).count == 12)
    for one in all {
      let link = LinkKey(source: one.link[0], target: one.link[1])
      #expect(one.key == MessageID(run: one.run, generation: 0, link: link, scope: one.scope).description)
    }
    // A policy sees the same identity.
    let items = all.filter { !$0.scope.isRoot }.map(\.key)
    #expect(Set(seen.withLock { $0.map(\.description) }) == Set(items))
  }

  /// Two sides of a diamond, on a broker without a workflow.
  private func diamond(_ more: [GraphDraft.Link] = []) throws -> WorkflowGraph {
    var draft = GraphDraft()
    draft.stages = ["a", "b", "c", "d", "more"].map { .init($0) }
    let join = draft.newJoin()
    draft.links = more + [.init("a", "b"), .init("a", "c"), .init("b", "d", join: join), .init("c", "d", join: join)]
    draft.entryPoint = "a"
    return try WorkflowGraph(draft)
  }

  /// Runs one run by hand, every transition committed so many times. Returns each delivery's stage and id, in order.
  private func walk(_ graph: WorkflowGraph, _ run: RunID, commits: Int, _ observer: Observer = Observer()) throws
    -> [(stage: String, id: MessageID)]
  {
    let broker = InMemoryBroker()
    _ = try broker.open(graph, observer: observer)
    let entry = try #require(graph.defaultEntry)
    var ready = try broker.submit([NewRun(id: run, entry: entry, payload: .nothing)]).deliveries
    var walked: [(String, MessageID)] = []
    while !ready.isEmpty {
      let delivery = ready.removeFirst()
      walked.append((graph[delivery.stage].name, delivery.messageID(in: graph)))
      for _ in 1...commits {
        ready += try broker.commit([Transition(of: delivery, .succeeded(Success(.nothing)))]).deliveries
      }
    }
    return walked
  }

  private final class Observer: RunObserver {
    let completions = Locked(0)
    func runsDidComplete(_ ends: [RunEnd]) { completions.withLock { $0 += ends.count } }
  }

  @Test("trap 5: the same run, executed again elsewhere, consists of the same messages")
  func executedAgain() throws {
    let run = RunID.random()
    let once = try walk(diamond(), run, commits: 1)
    let again = try walk(diamond([.init("a", "more")]), run, commits: 1)
    for (stage, id) in once { #expect(again.contains { $0 == (stage, id) }, "\(stage)") }
    let other = try walk(diamond(), .random(), commits: 1)
    #expect(Set(other.map(\.id)).isDisjoint(with: once.map(\.id)))
  }

  @Test("trap 9: a transition that is committed twice counts once")
  func committedTwice() throws {
    let observer = Observer()
    let stages = try walk(diamond(), .random(), commits: 2, observer).map(\.stage)
    // Were b's end counted twice, the join would have fired before c; or again after it.
    #expect(stages == ["a", "b", "c", "d"])
    #expect(observer.completions.withLock { $0 } == 1)
  }
}
