import Testing

@testable import TadweenCore

/// Mistakes that the model check found in the ledger, each in its smallest case.
@Suite("Found by the model check")
struct FoundByTheModelCheckTests {
  @Test("A join that a cancellation cuts does not cancel its losers: a clean-up runs all the same")
  func cutJoinHasNoLosers() throws {
    let draft = GraphDraft.of("a b c", "a>b", "a>c", "b>c").joining("c", .anySucceeded(cancelLosers: true)).sparing("b")
    var run = try TestRun(draft)
    run.begin("a")
    run.cancel()
    run.succeed("a")
    // a's value would have fired c. The flag cut c, so b, which runs when cancelled, has lost to nobody.
    #expect(run.open == ["b"])
    run.succeed("b")
    #expect(run.outcome == .cancelled)
  }

  @Test("A failure among gathered outcomes surfaces where the join that took them dies")
  func gatheredFailureSurfaces() throws {
    let draft = GraphDraft.of("a b c", "a*b", "a?c", "b+c").gathering("c", .outcome).joining("c")
    var run = try TestRun(draft)
    run.succeed("a", without: ["c"], widths: [2])
    run.succeed("b", 0)
    run.fail("b", 1)
    // c needs a's value, which was not taken. It would have seen the failure; nobody else does.
    #expect(run.startedNames == ["a", "b[0]", "b[1]"])
    #expect(run.failedStages == ["b[1]"])
  }

  @Test("A gather whose rule is not met gives its items up")
  func unmetGatherKeepsNothing() throws {
    var run = try TestRun(.of("a b c", "a*b", "b+c"))
    run.succeed("a", widths: [2])
    run.succeed("b", 0)
    run.fail("b", 1)
    #expect(run.failedStages == ["b[1]"])
    #expect(run.ledger.halfFilledJoins.isEmpty)
  }

  @Test("A sink is nobody's loser, though its failure link leads into the join: the end does not depend on order")
  func sinkDoesNotLose() throws {
    let draft = GraphDraft.of("a b c d e", "a>b", "a>c", "c>d", "b>e", "d!e").joining(
      "e", .anySucceeded(cancelLosers: true))
    for order in [["b", "c"], ["c", "b"]] {
      var run = try TestRun(draft)
      run.succeed("a")
      for stage in order { _ = stage == "b" ? run.succeed(stage) : run.fail(stage) }
      run.succeed("e")
      // d dies of c's failure, which its failure link does not take; d is a sink.
      #expect(run.failedStages == ["c"])
    }
  }
}
