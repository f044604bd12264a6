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
}
