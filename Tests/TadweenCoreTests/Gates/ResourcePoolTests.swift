import TadweenCore
import Testing

/// Rule R15 in the pool alone.
@Suite("R15: the pool") struct ResourcePoolTests {
  @Test("all units of an attempt or none")
  func allOrNone() {
    var run = PoolRun(["a": 2, "b": 1], [["b": 1], ["a": 1, "b": 1]])
    let first = run.ask(0, 1)
    let second = run.ask(1, 2)
    #expect(first == .granted && second == .refused)
    #expect(run.pool.free == ["a": 2, "b": 0])
    run.giveBack(0, 1)
    let again = run.ask(1, 2)
    #expect(again == .granted && run.pool.free == ["a": 1, "b": 0])
    run.giveBack(1, 2)
    #expect(run.pool.free == run.pool.units && run.pool.holders.isEmpty)
  }

  @Test("a grant says which units it has, no unit has two holders, and one that comes back is given again")
  func names() {
    var run = PoolRun(["cuda": ["c0", "c1", "c2"]], [["cuda": 2], ["cuda": 1]])
    _ = run.ask(0, 1)
    _ = run.ask(1, 2)
    #expect(run.grant(1)?.units == ["cuda": 2] && run.grant(1)?.names == ["cuda": ["c0", "c1"]])
    #expect(run.grant(2)?.names == ["cuda": ["c2"]])
    run.giveBack(0, 1)
    _ = run.ask(0, 3)
    #expect(run.grant(3)?.names == ["cuda": ["c0", "c1"]])
  }

  @Test("units given back twice are one time free")
  func givenBackTwice() throws {
    var run = PoolRun(["a": 1], [["a": 1]])
    _ = run.ask(0, 1)
    let grant = try #require(run.grant(1))
    run.pool.giveBack(grant)
    run.pool.giveBack(grant)
    #expect(run.pool.free == ["a": 1])
  }

  @Test("the view tells who holds what, since when, for an attempt or for the run")
  func view() {
    var run = PoolRun(["a": 3, "stash": 2], [["a": 2, "stash": .run(1)], ["a": 1]])
    _ = run.ask(0, 5, run: 7)
    _ = run.ask(1, 6, run: 8)
    let seen = run.pool.holders.map { "\($0.resource) \($0.units) \($0.run.low) \($0.stage.index) \($0.since)" }
    #expect(seen == ["a 2 7 0 5.0 seconds", "a 1 8 1 6.0 seconds", "stash 1 7 0 5.0 seconds"])
    #expect(run.pool.holders.map { $0.scope == nil } == [false, false, true])
  }

  @Test("a complete run that is redriven has its units before any other that waits for them")
  func reserved() {
    var run = PoolRun(["stash": 1], [["stash": .run(1)]], workers: 2)
    _ = run.ask(0, 1)
    let redriven = run.pool.reserve(RunID(high: 0, low: 7), of: StageID(0), for: 1, now: .zero)
    let other = run.ask(0, 2)
    let admitted = run.pool.complete([RunID(high: 0, low: 1)], now: .zero)
    let again = run.ask(0, 2)
    let called = run.call()
    #expect(!redriven && other == .lacksRunUnits && admitted == [1] && again == .lacksRunUnits)
    #expect(run.pool.holds(RunID(high: 0, low: 7)) && called.isEmpty)
  }

  @Test("units of a run are taken once, kept between its attempts, and free when it is complete")
  func runUnits() {
    var run = PoolRun(["stash": 1], [["stash": .run(1)]], workers: 3)
    let first = run.ask(0, 1, run: 1)
    let other = run.ask(0, 2, run: 2)
    run.giveBack(0, 1)
    let retry = run.ask(0, 3, run: 1)
    #expect([first, other, retry] == [.granted, .lacksRunUnits, .granted])
    #expect(run.grant(3)?.units == ["stash": 1] && run.pool.holds(RunID(high: 0, low: 1)))
    run.giveBack(0, 3)
    #expect(run.pool.free == ["stash": 0])
    _ = run.ask(0, 2, run: 2)
    let early = run.call()
    run.complete(1)
    let called = run.call()
    let last = run.ask(0, 2, run: 2)
    #expect(early.isEmpty && called == [0] && last == .granted)
  }

  @Test("units of a run are not taken where those of the attempt are lacking")
  func allOrNoneOfTheRun() {
    var run = PoolRun(["a": 1, "stash": 1], [["a": 1], ["a": 1, "stash": .run(1)]])
    _ = run.ask(0, 1)
    let answer = run.ask(1, 2)
    #expect(answer == .refused && run.pool.free == ["a": 0, "stash": 1])
  }

  @Test("each stage is called once until it asks again")
  func calls() {
    var run = PoolRun(["a": 1], [["a": 1], ["a": 1]])
    _ = run.ask(0, 1)
    _ = run.ask(1, 2)
    let whileHeld = run.call()
    run.giveBack(0, 1)
    let called = run.call()
    let again = run.call()
    #expect(whileHeld.isEmpty && called == [1] && again.isEmpty)
    _ = run.ask(1, 2)
    run.giveBack(1, 2)
    _ = run.ask(0, 3)
    _ = run.ask(1, 4)
    run.pool.forgetFront(of: StageID(1))
    run.giveBack(0, 3)
    let forgotten = run.call()
    #expect(forgotten.isEmpty)
  }
}

/// Rule R15: who goes before whom.
@Suite("R15: fairness of the pool") struct ResourceFairnessTests {
  @Test("who came first is served first, though a later one asks first")
  func firstCome() {
    var run = PoolRun(["a": 1], [["a": 1], ["a": 1], ["a": 1]])
    _ = run.ask(0, 1)
    _ = run.ask(1, 2)
    _ = run.ask(2, 3)
    run.giveBack(0, 1)
    let late = run.ask(2, 3)
    let early = run.ask(1, 2)
    #expect(late == .refused && early == .granted)
  }

  @Test("two who came first are both served before a third, where there is enough for two")
  func firstTwo() {
    var run = PoolRun(["a": 2], [["a": 2], ["a": 1], ["a": 1], ["a": 1]])
    _ = run.ask(0, 1)
    for stage in 1...3 { _ = run.ask(stage, stage + 1) }
    run.giveBack(0, 1)
    let called = run.call()
    let third = run.ask(3, 4)
    #expect(called == [1, 2] && third == .refused)
  }

  @Test("the urgent go before those who came first")
  func priority() {
    var run = PoolRun(["a": 1], [["a": 1], ["a": 1], ["a": 1]])
    _ = run.ask(0, 1)
    _ = run.ask(1, 2)
    _ = run.ask(2, 3, priority: 5)
    run.giveBack(0, 1)
    let called = run.call()
    let ordinary = run.ask(1, 2)
    let urgent = run.ask(2, 3, priority: 5)
    #expect(called == [2] && ordinary == .refused && urgent == .granted)
  }

  /// A big one that lacks a unit, and how many grants a small stage gets past it.
  private func passes(greatest: Int, _ disturb: (inout PoolRun, Int) -> Void = { _, _ in }) -> Int {
    var run = PoolRun(["a": 2], greatestPasses: greatest, [["a": 1], ["a": 2], ["a": 1]])
    _ = run.ask(0, 1)
    _ = run.ask(1, 2)
    for number in 3..<100 {
      guard run.ask(2, number) == .granted else {
        run.giveBack(0, 1)
        let called = run.call()
        let big = run.ask(1, 2)
        #expect(called == [1] && big == .granted)
        return number - 3
      }
      run.giveBack(2, number)
      disturb(&run, number)
    }
    return 100
  }

  @Test("so many grants pass the oldest and not one more; sixteen by default", arguments: [0, 1, 2, 16])
  func bounded(_ greatest: Int) {
    #expect(passes(greatest: greatest) == greatest)
    #expect(ResourcePool(["a": 1]).greatestPasses == 16)
  }

  @Test("what has passed it stays counted, though it asks again or its stage looks elsewhere for a while")
  func counted() {
    let asking = passes(greatest: 16) { run, _ in _ = run.ask(1, 2) }
    let forgotten = passes(greatest: 16) { run, _ in
      run.pool.forgetFront(of: StageID(1))
      _ = run.ask(1, 2)
    }
    #expect(asking == 16 && forgotten == 16)
  }

  @Test("the next one at the stage begins with no passes of its predecessor's")
  func ownPasses() {
    var run = PoolRun(["a": 2], greatestPasses: 1, [["a": 1], ["a": 2], ["a": 1]])
    _ = run.ask(0, 1)
    _ = run.ask(1, 2)
    _ = run.ask(2, 3)
    run.giveBack(2, 3)
    run.pool.forgetFront(of: StageID(1))  // the first of them is wanted no longer
    _ = run.ask(1, 4)
    let passing = run.ask(2, 5)
    run.giveBack(2, 5)
    let barred = run.ask(2, 6)
    #expect(passing == .granted && barred == .refused)
  }

  @Test("what does not conflict holds nobody up, and is no pass")
  func noConflict() {
    var run = PoolRun(
      ["cuda": 1, "ram": 10, "disk": 1], greatestPasses: 1,
      [["cuda": 1], ["cuda": 1, "ram": 4], ["ram": 6], ["ram": 7], ["disk": 1]])
    _ = run.ask(0, 1)
    _ = run.ask(1, 2)
    for number in 3..<40 {
      // Four are left for the one that waits for cuda, and nothing of it is touched.
      let (ram, disk) = (run.ask(2, number), run.ask(4, number + 100))
      #expect(ram == .granted && disk == .granted)
      run.giveBack(2, number)
      run.giveBack(4, number + 100)
    }
    let pass = run.ask(3, 40)
    run.giveBack(3, 40)
    let barred = run.ask(3, 41)
    #expect(pass == .granted && barred == .refused)
  }

  @Test("one that lacks a worker holds nobody back")
  func noWorker() {
    var run = PoolRun(["a": 2], greatestPasses: 0, [["a": 1], ["a": 2], ["a": 1]])
    _ = run.ask(0, 1)
    _ = run.ask(1, 2)
    let barred = run.ask(2, 3)
    run.pool.changeFreeWorkers(of: StageID(1), by: -1)
    let passes = run.ask(2, 3)
    #expect(barred == .refused && passes == .granted)
  }

  @Test("one that lacks a run unit holds nobody back")
  func noRunUnit() {
    var run = PoolRun(["a": 2, "stash": 1], greatestPasses: 0, [["a": 1, "stash": .run(1)], ["a": 1]], workers: 2)
    _ = run.ask(0, 1, run: 1)
    let lacking = run.ask(0, 2, run: 2)
    let passes = run.ask(1, 3)
    #expect(lacking == .lacksRunUnits && passes == .granted)
  }
}
