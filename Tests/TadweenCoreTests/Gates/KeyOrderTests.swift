import Testing

@testable import TadweenCore

/// Rule R19 in the gates of one stage.
@Suite("R19: the order of keys") struct KeyOrderTests {
  private func keyed(_ limit: Int = 1) -> GateBench {
    GateBench { options in
      options.screens = true
      options.keyLimit = limit
    }
  }

  @Test("one of a key at a time, in the order of arrival though looked at in another")
  func arrival() {
    var bench = keyed()
    bench.append([1, 2, 3])
    bench.screen(3, finish: [2, 0, 1]) { _ in "k" }
    var started: [[Int]] = []
    for run in [1, 2, 3] {
      started.append(bench.startAll())
      bench.release(run)
    }
    #expect(started == [[1], [2], [3]])
  }

  @Test("what was looked at waits for one that came before it and is still looked at")
  func looking() {
    var bench = keyed()
    bench.append([1, 2])
    let (first, second) = (bench.screen(), bench.screen())
    bench.gates.setAside(message(2).id, message: nil, key: "k")
    let early = bench.startAll()
    bench.gates.setAside(message(1).id, message: nil, key: "other")
    let both = bench.startAll()
    #expect([first, second].map { $0?.run.low } == [1, 2] && early.isEmpty && both == [1, 2])
  }

  @Test("other keys do not wait, and as many of one go on as it allows", arguments: [1, 2, 3])
  func limit(_ limit: Int) {
    var bench = keyed(limit)
    bench.append(Array(0..<8))
    bench.screen(8) { $0 % 2 == 0 ? "even" : "odd" }
    let started = bench.startAll()
    #expect(started == Array(0..<limit * 2))
    bench.release(0)
    let next = bench.startAll()
    #expect(next == [limit * 2])
  }

  @Test("one that was withdrawn, at the head or behind it, lets the next one pass")
  func withdrawn() {
    var bench = keyed()
    bench.append([1, 2, 3, 4])
    bench.screen(4) { _ in "k" }
    let gone = bench.gates.withdraw([message(1).id, message(3).id])
    let first = bench.startAll()
    bench.release(2)
    let second = bench.startAll()
    bench.release(4)
    #expect(gone.map(\.run.low) == [1, 3] && first == [2] && second == [4] && bench.gates.count == 0)
  }

  @Test("one that is withdrawn while it is looked at holds nobody up, and does not come back")
  func withdrawnWhileLookedAt() {
    var bench = keyed()
    bench.append([1, 2])
    _ = bench.screen()
    _ = bench.screen()
    _ = bench.gates.withdraw([message(1).id])
    for run in [1, 2] { bench.gates.setAside(message(run).id, message: nil, key: "k") }
    let started = bench.startAll()
    #expect(started == [2])
  }

  @Test("a retry that holds its key goes before whoever waits for it")
  func strict() {
    var bench = keyed()
    bench.append([1, 2])
    bench.screen(2) { _ in "k" }
    let first = bench.startAll()
    bench.append([1], attempt: 2)
    bench.screen(1) { _ in "k" }
    let second = bench.startAll()
    #expect(first == [1] && second == [1])
  }

  @Test("a retry that let its key go takes its turn")
  func relaxed() {
    var bench = keyed()
    bench.append([1, 2])
    bench.screen(2) { _ in "k" }
    let first = bench.startAll()
    bench.release(1)
    let second = bench.startAll()
    bench.append([1], attempt: 2)
    bench.screen(1) { _ in "k" }
    let early = bench.startAll()
    bench.release(2)
    let third = bench.startAll()
    #expect([first, second, early, third] == [[1], [2], [], [1]])
  }

  @Test("a retry whose key is another one lets the old one go")
  func anotherKey() {
    var bench = keyed()
    bench.append([1, 2])
    bench.screen(2) { _ in "old" }
    let first = bench.startAll()
    bench.append([1], attempt: 2)
    bench.screen(1) { _ in "new" }
    let both = bench.startAll()
    #expect(first == [1] && both == [2, 1])
  }

  @Test("one that comes twice is there once, and its key is held until it has ended")
  func twice() {
    var bench = keyed()
    bench.append([1, 1, 2])
    #expect(bench.gates.count == 2)
    bench.screen(2) { _ in "k" }
    let first = bench.startAll()
    bench.append([1])
    let looked = bench.screen()
    #expect(first == [1] && looked == nil && bench.gates.count == 1)
  }

  @Test("one that comes again after it was withdrawn is looked at once")
  func again() {
    var bench = keyed()
    bench.append([1, 2])
    _ = bench.screen()
    _ = bench.gates.withdraw([message(2).id])
    bench.append([2])
    let looks = [bench.screen(), bench.screen()].map { $0?.run.low }
    bench.gates.setAside(message(2).id, message: nil, key: "k")
    #expect(looks == [2, nil] && bench.gates.waitingEntries == 1)
  }

  @Test("a favoured one whose key is held waits for it, and then goes before the lane")
  func favoured() {
    var bench = keyed()
    bench.append([1, 2])
    bench.screen(2) { _ in "k" }
    let first = bench.startAll()
    bench.append([3, 4])
    bench.screen(2, isFavoured: true) { $0 == 3 ? "k" : "free" }
    let other = bench.startAll()
    #expect(!bench.gates.isFree("k", for: message(3).id))
    bench.release(1)
    let next = bench.startAll()
    bench.release(3)
    let last = bench.startAll()
    #expect([first, other, next, last] == [[1], [4], [3], [2]])
  }

  @Test("one that lacks a run unit does not keep back the run that holds it, of whichever key")
  func runUnits() {
    var bench = keyed()
    bench.verdict = { $0.run.low == 9 ? .granted(.none) : .lacksRunUnits }
    bench.append([1])
    bench.screen(1) { _ in "k" }
    let none = bench.startAll()
    bench.append([9], attempt: 2)
    bench.screen(1, isFavoured: true) { _ in "k" }
    let started = bench.startAll()
    #expect(none.isEmpty && started == [9])
  }

  @Test("of several keys the urgent goes first; within one, order is order")
  func priority() {
    var bench = keyed()
    bench.append([1, 2])
    bench.append([3, 4], priority: 5)
    bench.screen(4) { $0 == 1 || $0 == 3 ? "a" : $0 == 2 ? "b" : "c" }
    let started = bench.startAll()
    #expect(started == [4, 1, 2])
  }
}
