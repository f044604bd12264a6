import Testing

@testable import TadweenCore

@Suite("R5 Map and gather")
struct MapRuleTests {
  private let mapped = GraphDraft.of("a b c", "a*b", "b+c")

  @Test("The width is fixed with the source's success; a gather waits for every item, and keeps their order")
  func order() throws {
    var run = try TestRun(mapped.gathering("c", .outcome))
    run.succeed("a", widths: [3])
    #expect(run.startedNames == ["a", "b[0]", "b[1]", "b[2]"])
    run.succeed("b", 2)
    run.fail("b", 1)
    #expect(run.open == ["b[0]"])
    run.succeed("b", 0)
    #expect(run.tokens(into: "c") == ["[succeeded, failed, succeeded]"])
  }

  @Test(
    "What each rule asks of the items",
    arguments: [
      (GatherRule.all, false, false), (.ifTaken, false, true), (.outcome, true, true), (.atLeast(0.5), true, true),
      (.atLeast(0.6), false, false),
    ])
  func rules(_ rule: GatherRule, withFailure: Bool, withSkip: Bool) throws {
    for (fails, fires) in [(true, withFailure), (false, withSkip)] {
      var run = try TestRun(mapped.gathering("c", rule))
      run.succeed("a", widths: [2])
      _ = fails ? run.fail("b", 0) : run.skip("b", 0)
      run.succeed("b", 1)
      #expect(run.startedNames.contains("c") == fires, "\(rule), \(fails ? "failed" : "left out")")
    }
  }

  @Test("No items: every gather fires at once, whatever its rule", arguments: [GatherRule.all, .ifTaken, .atLeast(1)])
  func widthZero(_ rule: GatherRule) throws {
    var run = try TestRun(mapped.gathering("c", rule))
    run.succeed("a", widths: [0])
    #expect(run.tokens(into: "c") == ["[]"])
  }

  @Test("A map whose source died ends as a whole: nothing inside runs, outcome joins neither; sinks get the class once")
  func closedMap() throws {
    let draft = GraphDraft.of("a b c d inside", "a*b", "a*c", "b>inside", "c>inside", "b+d")
      .joining("inside", needs: ["b": .outcome, "c": .outcome])
    var run = try TestRun(draft)
    run.fail("a")
    #expect(run.startedNames == ["a"])
    #expect(run.failedStages == ["a"])
    #expect(run.ends.count == 1)
  }

  @Test("Several targets of one map share its items; inside, joins match by item")
  func sharedScope() throws {
    var run = try TestRun(.of("a b c d", "a*b", "a*c", "b>d", "c>d").joining("d"))
    run.succeed("a", widths: [2])
    run.succeed("b", 0)
    run.succeed("c", 1)
    #expect(!run.startedNames.contains { $0.hasPrefix("d") })
    run.succeed("c", 0)
    #expect(run.startedNames.last == "d[0]")
  }

  @Test("Maps nest: the inner gather closes the inner map, once an outer item")
  func nested() throws {
    var run = try TestRun(.of("a b c d e", "a*b", "b*c", "c+d", "d+e"))
    run.succeed("a", widths: [2])
    run.succeed("b", 0, widths: [2])
    run.succeed("b", 1, widths: [0])
    #expect(run.startedNames == ["a", "b[0]", "b[1]", "c[0][0]", "c[0][1]", "d[1]"])
    run.succeed("c", 0, 1)
    run.succeed("c", 0, 0)
    #expect(run.tokens(into: "d", 0) == ["[succeeded, succeeded]"])
    run.succeed("d", 1)
    run.succeed("d", 0)
    #expect(run.tokens(into: "e") == ["[succeeded, succeeded]"])
  }

  @Test("Losers of an eager join inside a map are those of its own item")
  func losersOfOneItem() throws {
    let draft = GraphDraft.of("a b c d", "a*b", "a*c", "b>d", "c>d").joining("d", .anySucceeded(cancelLosers: true))
    var run = try TestRun(draft)
    run.succeed("a", widths: [2])
    run.succeed("b", 0)
    #expect(run.open == ["b[1]", "c[1]", "d[0]"])
  }

  @Test("So are those in a map inside the item, whether they run or are ready; a stage below another item is none")
  func losersInInnerMaps() throws {
    let draft = GraphDraft.of("a b c item g d", "a*b", "a*c", "c*item", "item+g", "g>d", "b>d")
      .joining("d", .anySucceeded(cancelLosers: true))
    var run = try TestRun(draft)
    run.succeed("a", widths: [2])
    run.succeed("c", 0, widths: [3])
    run.succeed("c", 1, widths: [1])
    run.begin("item", 0, 2)
    run.begin("item", 0, 1)
    run.succeed("b", 0)
    #expect(run.interrupted == ["item[0][1]", "item[0][2]"])
    #expect(run.open == ["b[1]", "item[0][1]", "item[0][2]", "item[1][0]", "d[0]"])
    run.fail("item", 0, 1)
    run.succeed("item", 0, 2)
    #expect(!run.startedNames.contains("g[0]"))
  }

  @Test("An item of another map is no loser, though its index is the same: it leads to every item's join")
  func itemsOfAnotherMap() throws {
    // z need not wait for the items of y; j lies in the map that z opens.
    let draft = GraphDraft.of("x y w z p q j", "x*y", "x>w", "y+z", "w>z", "z*p", "z*q", "p>j", "q>j")
      .joining("z", .anySucceeded(cancelLosers: false)).joining("j", .anySucceeded(cancelLosers: true))
    var run = try TestRun(draft, at: "x")
    run.succeed("x", widths: [2])
    run.succeed("w")
    run.succeed("z", widths: [1])
    run.succeed("p", 0)
    #expect(run.open == ["y[0]", "y[1]", "j[0]"])
  }

  @Test("The losers of an item are found without a look at all the others", .timeLimit(.minutes(1)))
  func losersOfManyItems() throws {
    let draft = GraphDraft.of("a b c d", "a*b", "a*c", "b>d", "c>d").joining("d", .anySucceeded(cancelLosers: true))
    var run = try TestRun(draft)
    run.succeed("a", widths: [10_000])
    for item in 0..<10_000 { run.succeed("b", item) }
    #expect(run.ledger.openCount == 10_000)
    for item in 0..<10_000 { run.succeed("d", item) }
    #expect(run.outcome == .succeeded)
  }
}
