import Testing

@testable import TadweenCore

/// What the ledger lets go leaves with the directives, so that no payload goes under a broker's lock.
@Suite("What the ledger lets go")
struct ReleaseTests {
  @Test("Items of a gather that falls short", arguments: [GatherRule.all, .atLeast(0.9)])
  func shortGather(_ rule: GatherRule) throws {
    var run = try TestRun(.of("a b c", "a*b", "b+c").gathering("c", rule))
    run.succeed("a", widths: [3])
    run.succeed("b", 2)
    run.skip("b", 1)
    #expect(run.released.isEmpty)
    run.succeed("b", 0)
    #expect(run.released == ["b", "notTaken", "b"])
  }

  @Test("Not where an item failed: its redrive will ask for the others", arguments: [GatherRule.all, .ifTaken])
  func failedGather(_ rule: GatherRule) throws {
    var run = try TestRun(.of("a b c", "a*b", "b+c").gathering("c", rule))
    run.succeed("a", widths: [3])
    run.succeed("b", 2)
    run.fail("b", 1)
    run.succeed("b", 0)
    #expect(run.released.isEmpty && run.outcome != nil)
  }

  @Test("Tokens of a join that a cancellation cuts are kept for a redrive")
  func cutJoin() throws {
    var run = try TestRun(.of("a b c d", "a>b", "a>c", "b>d", "c>d").joining("d"))
    run.succeed("a")
    run.succeed("b")
    run.begin("c")
    run.cancel()
    run.succeed("c")
    #expect(run.released.isEmpty)
    #expect(run.outcome == .cancelled)
  }

  @Test("Nothing where a join or a gather fires: its delivery takes all of it")
  func fired() throws {
    var run = try TestRun(.of("a b c d e", "a*b", "b+c", "a>d", "c>e", "d>e").joining("e"))
    run.succeed("a", widths: [2])
    run.succeed("b", 0)
    run.succeed("b", 1)
    run.succeed("c")
    run.succeed("d")
    run.succeed("e")
    #expect(run.released.isEmpty)
    #expect(run.outcome == .succeeded)
  }
}
