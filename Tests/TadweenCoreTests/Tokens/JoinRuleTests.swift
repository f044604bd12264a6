import Testing

@testable import TadweenCore

@Suite("R4 Joins")
struct JoinRuleTests {
  private enum End { case success, failure, skip }

  /// A diamond: b and c end as told, and d joins them. Returns what d started with; nil where it did not.
  private func diamond(_ b: End, _ c: End, _ rule: JoinRule = .needs, _ needs: [String: Need] = [:]) throws -> [String]?
  {
    var run = try TestRun(.of("a b c d", "a>b", "a>c", "b>d", "c>d").joining("d", rule, needs: needs))
    run.succeed("a")
    for (stage, end) in [("b", b), ("c", c)] {
      switch end {
      case .success: run.succeed(stage)
      case .failure: run.fail(stage)
      case .skip: run.skip(stage)
      }
    }
    return run.startedNames.contains("d") ? run.tokens(into: "d") : nil
  }

  @Test("A value must have succeeded; ifTaken takes what was left out, outcome takes anything")
  func needs() throws {
    #expect(try diamond(.success, .success) == ["succeeded", "succeeded"])
    #expect(try diamond(.success, .skip) == nil)
    #expect(try diamond(.success, .skip, .needs, ["c": .ifTaken]) == ["succeeded", "notTaken"])
    #expect(try diamond(.success, .failure, .needs, ["c": .ifTaken]) == nil)
    #expect(try diamond(.success, .failure, .needs, ["c": .outcome]) == ["succeeded", "failed"])
    #expect(try diamond(.skip, .failure, .needs, ["b": .outcome, "c": .outcome]) == ["notTaken", "failed"])
    #expect(try diamond(.skip, .skip, .needs, ["b": .outcome, "c": .outcome]) == nil, "not on notTaken alone")
  }

  @Test("An eager join fires as soon as it can, and dies only when all tokens are in")
  func eager() throws {
    #expect(try diamond(.success, .success, .anySucceeded(cancelLosers: false)) == ["succeeded", "-"])
    #expect(try diamond(.failure, .success, .anySucceeded(cancelLosers: false)) == ["failed", "succeeded"])
    #expect(try diamond(.failure, .skip, .anySucceeded(cancelLosers: false)) == nil)
    #expect(try diamond(.success, .success, .quorum(2, cancelLosers: false)) == ["succeeded", "succeeded"])
    #expect(try diamond(.success, .skip, .quorum(2, cancelLosers: false)) == nil)
  }

  @Test("A token that comes after an eager join fired changes nothing but the join's own slot")
  func lateTokens() throws {
    let draft = GraphDraft.of("a b c d", "a>b", "a>c", "b>d", "c>d").joining("d", .anySucceeded(cancelLosers: false))
    var run = try TestRun(draft)
    run.succeed("a")
    run.succeed("c")
    run.succeed("d")
    #expect(run.ends.isEmpty, "b is open")
    run.fail("b")
    #expect(run.startedNames == ["a", "b", "c", "d"])
    #expect(run.outcome == .succeeded)
    #expect(run.absorbedStages == ["b"])
  }

  @Test("cancelLosers cuts and interrupts what leads only to the join, failure links included, and nothing else")
  func losers() throws {
    // e leads to the join and elsewhere; b's failure link leads into the join by way of mend.
    let draft = GraphDraft.of(
      "a b mend c e other d", "a>b", "a>c", "a>e", "b>d", "b!mend", "mend>d", "c>d", "e>d", "e>other"
    ).joining("d", .anySucceeded(cancelLosers: true))
    var run = try TestRun(draft)
    let join = try #require(run.graph.stage(named: "d"))
    #expect(run.graph[join].losers.map { run.graph[$0].name }.sorted() == ["b", "c", "mend"])
    run.succeed("a")
    run.begin("b")
    run.begin("c")
    run.succeed("c")
    #expect(run.interrupted == ["b"])
    run.fail("b")
    #expect(!run.startedNames.contains("mend"), "b was cancelled, it did not fail")
    run.succeed("e")
    run.succeed("other")
    run.succeed("d")
    #expect(run.outcome == .succeeded, "losing does not make the run cancelled")
  }

  @Test("A join that dies of several failures names the first in link order, whatever came first")
  func firstFailure() throws {
    for order in [["b", "c"], ["c", "b"]] {
      var run = try TestRun(.of("a b c d", "a>b", "a>c", "b>d", "c>d").joining("d"))
      run.succeed("a")
      for stage in order { run.fail(stage) }
      #expect(run.failedStages == ["b"])
      #expect(run.absorbedStages == ["c"])
    }
  }

  @Test("A failure that was taken as a value surfaces where its taker dies")
  func caughtFailureSurfaces() throws {
    var run = try TestRun(.of("a b c d", "a>b", "a>c", "b!d", "c>d").joining("d"))
    run.succeed("a")
    run.fail("b")
    run.skip("c")
    #expect(run.failedStages == ["b"])
  }

  @Test("A stage with one link is a join of one")
  func joinOfOne() throws {
    var run = try TestRun(.of("a b", "a>b").joining("b", needs: ["a": .outcome]))
    run.fail("a")
    #expect(run.tokens(into: "b") == ["failed"])
    var strict = try TestRun(.of("a b", "a>b").joining("b", needs: ["a": .ifTaken]))
    strict.fail("a")
    #expect(strict.failedStages == ["a"])
  }
}
