import TadweenCore
import Testing

/// Every expectation here is written by hand, from §5 of the design.
@Suite("Oracle")
struct OracleTests {
  typealias Link = GraphDraft.Link

  /// The stages are those that the links name, `a` first; all joins have number 0.
  private func graph(_ links: [Link], _ rule: JoinRule = .needs, maps: Int = 0) throws -> GraphDraft {
    var draft = GraphDraft()
    for link in links {
      for name in [link.source, link.target] where !draft.stages.contains(where: { $0.name == name }) {
        draft.stages.append(.init(name))
      }
    }
    draft.links = links
    _ = draft.newJoin(rule)
    for _ in 0..<maps { _ = draft.newMap() }
    _ = try WorkflowGraph(draft)
    return draft
  }

  private func script(fail: [String] = [], cancel: [String] = [], width: Int = 2, entry: String = "a") -> Script {
    var script = Script(entry: entry)
    script.ending = { place in
      fail.contains(place.description) ? .fail : cancel.contains(place.description) ? .cancelBranch : .succeed
    }
    script.condition = { _, target in !target.hasPrefix("no") }
    script.width = { _, _ in width }
    return script
  }

  /// What ran with what, then how the run ended.
  private func story(_ draft: GraphDraft, _ script: Script) -> [String] {
    let report = Oracle(draft, script).imagined
    #expect(Oracle.check(report, draft, script) == [], "the oracle contradicts itself")
    var lines = report.visits.map(\.description)
    lines.append("\(report.outcome)")
    if !report.failures.isEmpty { lines.append("because of \(report.failures)") }
    if let absorbed = report.absorbed, !absorbed.isEmpty { lines.append("absorbed \(absorbed)") }
    return lines
  }

  // MARK: R1, R2

  @Test("A chain passes values on")
  func chain() throws {
    let draft = try graph([Link("a", "b"), Link("b", "c")])
    #expect(story(draft, script()) == ["a ← in", "b ← a(in)", "c ← b(a(in))", "succeeded"])
    #expect(Oracle(draft, script()).imagined.outputs == ["c": ["c(b(a(in)))"]])
  }

  @Test("A failure kills what is below and surfaces at the sink")
  func failurePasses() throws {
    let draft = try graph([Link("a", "b"), Link("b", "c")])
    #expect(story(draft, script(fail: ["a"])) == ["a ← in", "failed", "because of [a]"])
    #expect(story(draft, script(fail: ["c"])) == ["a ← in", "b ← a(in)", "c ← b(a(in))", "failed", "because of [c]"])
  }

  @Test("A branch that the policy cancelled is not taken, and the run succeeds")
  func branchCancelled() throws {
    let draft = try graph([Link("a", "b"), Link("a", "f", kind: .failure)])
    #expect(story(draft, script(cancel: ["a"])) == ["a ← not called", "succeeded"])
  }

  @Test("A condition that says no leaves its branch out")
  func condition() throws {
    let draft = try graph([Link("a", "no", isConditional: true), Link("a", "b", isConditional: true)])
    #expect(story(draft, script()) == ["a ← in", "b ← a(in)", "succeeded"])
  }

  @Test("A choice takes one arm, or none")
  func choice() throws {
    var draft = try graph([Link("a", "b"), Link("a", "c")])
    let number = draft.newChoice()
    for index in draft.links.indices { (draft.links[index].choice, draft.links[index].isConditional) = (number, true) }
    var second = script()
    second.arm = { _, _ in 1 }
    #expect(story(draft, second) == ["a ← in", "c ← a(in)", "succeeded"])
    second.arm = { _, _ in nil }
    #expect(story(draft, second) == ["a ← in", "succeeded"])
  }

  @Test("A failure link takes its own stage's failure, and no other one")
  func failureLink() throws {
    let draft = try graph([Link("a", "b"), Link("b", "alert", kind: .failure)])
    #expect(story(draft, script()) == ["a ← in", "b ← a(in)", "succeeded"])
    #expect(
      story(draft, script(fail: ["b"]))
        == ["a ← in", "alert ← failure(b)", "b ← a(in)", "succeeded", "absorbed [b]"])
    // b died of a's failure: its failure link is not taken, and b, a sink, makes the run fail.
    #expect(story(draft, script(fail: ["a"])) == ["a ← in", "failed", "because of [a]"])
  }

  @Test("A failure that its link took still kills the other links")
  func failureTakenAndPassed() throws {
    let draft = try graph([Link("a", "b"), Link("a", "alert", kind: .failure)])
    #expect(story(draft, script(fail: ["a"])) == ["a ← in", "alert ← failure(a)", "failed", "because of [a]"])
  }

  // MARK: R3, R4

  private func join(_ first: Need, _ second: Need, _ target: String = "j") throws -> GraphDraft {
    try graph([
      Link("a", "b"), Link("a", "no", isConditional: true), Link("b", target, need: first, join: 0),
      Link("no", target, need: second, join: 0),
    ])
  }

  @Test("A join of values dies of a branch not taken; ifTaken and outcome live with it")
  func joinNeeds() throws {
    #expect(story(try join(.value, .value), script()) == ["a ← in", "b ← a(in)", "succeeded"])
    #expect(
      story(try join(.value, .ifTaken), script()) == ["a ← in", "b ← a(in)", "j ← b(a(in)), skipped", "succeeded"])
    #expect(
      story(try join(.value, .outcome), script()) == ["a ← in", "b ← a(in)", "j ← b(a(in)), notTaken", "succeeded"])
  }

  @Test("A join of which no parent was taken is not taken, whatever it asks for")
  func allNotTaken() throws {
    #expect(story(try join(.outcome, .outcome), script(cancel: ["b"])) == ["a ← in", "b ← not called", "succeeded"])
    let draft = try graph([Link("a", "b", need: .outcome, join: 0)])
    #expect(story(draft, script(cancel: ["a"])) == ["a ← not called", "succeeded"])
  }

  @Test("An outcome sees the failure; ifTaken dies of it")
  func joinFailure() throws {
    #expect(
      story(try join(.outcome, .ifTaken), script(fail: ["b"]))
        == ["a ← in", "b ← a(in)", "j ← failed(b), skipped", "succeeded", "absorbed [b]"])
    #expect(
      story(try join(.ifTaken, .ifTaken), script(fail: ["b"])) == ["a ← in", "b ← a(in)", "failed", "because of [b]"])
  }

  @Test("The root cause is kept over several deaths")
  func rootCause() throws {
    let draft = try graph([Link("a", "b"), Link("b", "c"), Link("c", "d", need: .outcome, join: 0)])
    #expect(story(draft, script(fail: ["a"])) == ["a ← in", "d ← failed(a)", "succeeded", "absorbed [a]"])
  }

  @Test("A failure taken as a value surfaces if its join dies")
  func failureAsValue() throws {
    let draft = try graph([
      Link("a", "b"), Link("a", "no", isConditional: true), Link("b", "j", kind: .failure, join: 0),
      Link("no", "j", join: 0),
    ])
    #expect(story(draft, script(fail: ["b"])) == ["a ← in", "b ← a(in)", "failed", "because of [b]"])
  }

  @Test("Failed is worse than not taken; either of two failures may be the root cause")
  func severity() throws {
    let draft = try graph([
      Link("a", "b"), Link("a", "c"), Link("a", "no", isConditional: true), Link("b", "j", join: 0),
      Link("c", "j", join: 0), Link("no", "j", join: 0), Link("j", "k", need: .outcome),
    ])
    let oracle = Oracle(draft, script(fail: ["b", "c"]))
    #expect(oracle.activations[Place("j")]?.end == .ended(.failed, causes: [Place("b"), Place("c")]))
    #expect(oracle.activations[Place("k")]?.permitted.map(\.description) == ["failed(b)|failed(c)"])
  }

  private func eager(_ rule: JoinRule, tail: Bool = false) throws -> GraphDraft {
    try graph(
      [
        Link("a", "b"), Link("a", "c"), Link(tail ? "b" : "a", "d"), Link("b", "j", join: 0), Link("c", "j", join: 0),
        Link("d", "j", join: 0),
      ], rule)
  }

  private func permitted(_ draft: GraphDraft, _ script: Script) -> [String] {
    Oracle(draft, script).activations[Place("j")]?.permitted.map(\.description) ?? []
  }

  @Test("anySucceeded fires with any parent that succeeded, and dies only if none did")
  func anySucceeded() throws {
    let draft = try eager(.anySucceeded(cancelLosers: false))
    #expect(permitted(draft, script(fail: ["b"])) == ["c(a(in))", "d(a(in))"])
    #expect(
      story(draft, script(fail: ["b", "c", "d"])).suffix(3) == ["failed", "because of [b]", "absorbed [c, d]"])
    #expect(
      story(draft, script(fail: ["b"], cancel: ["c", "d"]))
        == ["a ← in", "b ← a(in)", "c ← not called", "d ← not called", "failed", "because of [b]"])
  }

  @Test("An eager join fires as soon as it can: not with a parent that lies below another one")
  func eagerOrder() throws {
    let draft = try eager(.anySucceeded(cancelLosers: false), tail: true)
    #expect(permitted(draft, script()) == ["b(a(in))", "c(a(in))"])
    #expect(permitted(try eager(.quorum(2, cancelLosers: false), tail: true), script()).count == 2)
  }

  @Test("A quorum fires with exactly so many values, in link order, or dies with the worst class")
  func quorum() throws {
    let draft = try eager(.quorum(2, cancelLosers: false))
    #expect(
      permitted(draft, script())
        == ["[b(a(in)), c(a(in))]", "[b(a(in)), d(a(in))]", "[c(a(in)), d(a(in))]"])
    #expect(permitted(draft, script(fail: ["b"])) == ["[c(a(in)), d(a(in))]"])
    #expect(story(draft, script(fail: ["b"], cancel: ["c"])).suffix(2) == ["failed", "because of [b]"])
    #expect(story(draft, script(cancel: ["b", "c"])).last == "succeeded")
  }

  @Test("A loser may be cut off, another stage may not; nor may one that came before the join")
  func losers() throws {
    let draft = try eager(.anySucceeded(cancelLosers: true), tail: true)
    var report = Oracle(draft, script()).imagined
    let all = report.visits
    // b fired the join; c and d lose.
    report.visits = all.filter { !["c", "d"].contains($0.place.stage) }
    #expect(Oracle.check(report, draft, script()) == [])
    report.visits = all.filter { $0.place.stage != "b" && $0.place.stage != "d" }
    #expect(Oracle.check(report, draft, script()) != [], "the join fired with b, which never ran")
    report.visits = all.filter { $0.place.stage != "a" }
    #expect(Oracle.check(report, draft, script()) != [])
    report.visits = all
    report.outcome = .cancelled
    #expect(Oracle.check(report, draft, script()) != [], "losers do not make a run cancelled")
    let patient = try eager(.anySucceeded(cancelLosers: false), tail: true)
    report = Oracle(patient, script()).imagined
    report.visits.removeAll { $0.place.stage == "c" }
    #expect(Oracle.check(report, patient, script()) != [], "nothing cancels c")
  }

  // MARK: R5

  private func map(_ rule: GatherRule, more: [Link] = []) throws -> GraphDraft {
    try graph([Link("a", "m", kind: .each(0)), Link("m", "g", kind: .gather(rule))] + more, maps: 1)
  }

  @Test("A map opens an activation an item; a gather takes them in order")
  func mapAndGather() throws {
    #expect(
      story(try map(.all), script())
        == ["a ← in", "g ← [m[0](a(in)#0), m[1](a(in)#1)]", "m[0] ← a(in)#0", "m[1] ← a(in)#1", "succeeded"])
  }

  @Test(
    "What a gather makes of items that failed or were left out",
    arguments: [
      (GatherRule.all, nil, nil), (.ifTaken, nil, "[skipped, m[1](a(in)#1)]"),
      (.outcome, "[failed(m[0]), m[1](a(in)#1)]", "[notTaken, m[1](a(in)#1)]"),
      (.atLeast(0.5), "[failed(m[0]), m[1](a(in)#1)]", "[notTaken, m[1](a(in)#1)]"), (.atLeast(0.6), nil, nil),
    ] as [(GatherRule, String?, String?)])
  func gatherRules(rule: GatherRule, failed: String?, left: String?) throws {
    let draft = try map(rule)
    func input(_ script: Script) -> String? { Oracle(draft, script).activations[Place("g")]?.permitted.first?.first }
    #expect(input(script(fail: ["m[0]"])) == failed)
    #expect(input(script(cancel: ["m[0]"])) == left)
    let outcome = story(draft, script(fail: ["m[0]"])).contains("failed")
    #expect(outcome == (failed == nil))
    #expect(story(draft, script(cancel: ["m[0]"])).last == "succeeded")
  }

  @Test(
    "Width 0 fires every gather with an empty list", arguments: [.all, .ifTaken, .outcome, .atLeast(1)] as [GatherRule])
  func widthZero(rule: GatherRule) throws {
    #expect(story(try map(rule), script(width: 0)) == ["a ← in", "g ← []", "succeeded"])
  }

  @Test("A gather whose rule is met counts as succeeded, with every item left out too")
  func gatherOfNothingTaken() throws {
    let draft = try map(.ifTaken)
    #expect(story(draft, script(cancel: ["m[0]", "m[1]"])).contains("g ← [skipped, skipped]"))
  }

  @Test("A map whose source died ends as a whole: gathers and sinks get its class, nothing inside runs")
  func deadMap() throws {
    let draft = try map(.outcome, more: [Link("m", "sink", need: .outcome)])
    #expect(story(draft, script(fail: ["a"])) == ["a ← in", "failed", "because of [a]"])
    #expect(story(draft, script(cancel: ["a"])) == ["a ← not called", "succeeded"])
  }

  @Test("A dead map is an outcome for the join behind its gather")
  func deadMapJoined() throws {
    let draft = try graph(
      [
        Link("a", "s"), Link("s", "m", kind: .each(0)), Link("a", "b"),
        Link("m", "j", kind: .gather(.all), need: .outcome, join: 0), Link("b", "j", join: 0),
      ], maps: 1)
    #expect(story(draft, script(fail: ["s"])).contains("j ← failed(s), b(a(in))"))
    #expect(story(draft, script(cancel: ["s"])).contains("j ← notTaken, b(a(in))"))
    #expect(story(draft, script(width: 0)).contains("j ← [], b(a(in))"))
  }

  @Test("Maps nest; the inner gather stays inside the outer item")
  func nested() throws {
    let draft = try graph(
      [
        Link("a", "m", kind: .each(0)), Link("m", "n", kind: .each(1)), Link("n", "g", kind: .gather(.all)),
        Link("g", "h", kind: .gather(.outcome)),
      ], maps: 2)
    let lines = story(draft, script(fail: ["n[1][0]"]))
    #expect(lines.contains("g[0] ← [n[0][0](m[0](a(in)#0)#0), n[0][1](m[0](a(in)#0)#1)]"))
    #expect(!lines.contains { $0.hasPrefix("g[1]") })
    #expect(
      lines.contains("h ← [g[0]([n[0][0](m[0](a(in)#0)#0), n[0][1](m[0](a(in)#0)#1)]), failed(n[1][0])]"))
    #expect(lines.suffix(2) == ["succeeded", "absorbed [n[1][0]]"])
  }

  @Test("The targets of one map share its items, and may be joined there")
  func sharedScope() throws {
    let draft = try graph(
      [
        Link("a", "m", kind: .each(0)), Link("a", "n", kind: .each(0)), Link("m", "j", join: 0),
        Link("n", "j", need: .outcome, join: 0),
      ], maps: 1)
    let lines = story(draft, script(fail: ["n[1]"]))
    #expect(lines.contains("j[0] ← m[0](a(in)#0), n[0](a(in)#0)"))
    #expect(lines.contains("j[1] ← m[1](a(in)#1), failed(n[1])"))
    #expect(Oracle(draft, script()).imagined.outputs?["j"]?.count == 2)
  }

  // MARK: R9, R12

  @Test("Entries that were not addressed put notTaken on their links")
  func entries() throws {
    let draft = try graph(
      [Link("a", "j", join: 0), Link("b", "j", join: 0)], .anySucceeded(cancelLosers: false))
    #expect(story(draft, script(entry: "b")) == ["b ← in", "j ← b(in)", "succeeded"])
  }

  @Test("The first failure cancels the run where the graph says so")
  func cancelRun() throws {
    var draft = try graph([Link("a", "alert", kind: .failure), Link("a", "clean", kind: .failure)])
    draft.cancelsRunOnFailure = true
    draft.stages[2].runsWhenCancelled = true
    #expect(story(draft, script(fail: ["a"])) == ["a ← in", "clean ← failure(a)", "failed", "because of [a]"])
  }

  @Test("After a cancellation only what runs when cancelled starts, with the outcomes of what was cut")
  func cancelled() throws {
    var draft = try graph([Link("a", "b"), Link("b", "c", need: .outcome, join: 0)])
    draft.stages[2].runsWhenCancelled = true
    var after = script()
    after.cancelAfter = 1
    #expect(story(draft, after) == ["a ← in", "c ← cancelled", "cancelled"])
    after.cancelAfter = 3
    #expect(story(draft, after) == ["a ← in", "b ← a(in)", "c ← b(a(in))", "succeeded"])
    var report = RunReport()
    report.cancelRequested = true
    report.outcome = .cancelled
    report.visits = [.init(Place("c"), input: "cancelled")]
    #expect(Oracle.check(report, draft, script()) == [], "cancelled before it began")
    draft.stages[2].runsWhenCancelled = false
    #expect(
      Oracle.check(report, draft, script())
        == ["c started after the run was cancelled, which it was when a ended"])
  }
}
