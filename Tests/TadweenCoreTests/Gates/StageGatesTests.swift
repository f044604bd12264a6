import Testing

@testable import TadweenCore

/// Rules R13 to R18 in the gates of one stage.
@Suite("R14: the gates of a stage") struct StageGatesTests {
  @Test("what can start goes before what is looked at, and looking takes no unit and no token")
  func order() {
    var bench = GateBench { options in
      options.screens = true
      options.rate = RateLimit(1, per: .seconds(10))
      options.demands = ["a": 1]
    }
    bench.append([1, 2])
    _ = bench.screen()
    #expect(bench.asked.isEmpty)
    bench.gates.setAside(message(1).id, message: nil, key: nil)
    let first = bench.start()
    let looked = bench.screen()
    bench.gates.setAside(message(2).id, message: nil, key: nil)
    let early = bench.start()
    bench.now = .seconds(10)
    let second = bench.start()
    #expect(first == [1] && looked?.run.low == 2 && early == nil && second == [2] && bench.asked == [1, 2])
  }

  @Test("what is skipped leaves nothing behind, and whoever waits for a unit keeps nobody from being looked at")
  func skipped() {
    var bench = GateBench { $0.screens = true }
    bench.verdict = { _ in .refused }
    bench.append([1, 2])
    bench.screen(1) { _ in nil }
    let looked = bench.screen()
    bench.gates.dismiss(message(2).id)
    #expect(bench.asked == [1] && looked?.run.low == 2 && bench.gates.count == 1 && bench.gates.entries.count == 1)
  }

  @Test("R15: the pool is asked once, and again when it calls")
  func refused() {
    var bench = GateBench { $0.demands = ["a": 1] }
    bench.verdict = { _ in .refused }
    bench.append([1, 2])
    for _ in 0..<3 { _ = bench.start() }
    #expect(bench.asked == [1])
    bench.gates.call()
    _ = bench.start()
    #expect(bench.asked == [1, 1])
  }

  @Test("R15: an urgent one that comes while another is refused asks for itself")
  func urgent() {
    var bench = GateBench { $0.demands = ["a": 1] }
    bench.verdict = { $0.run.low == 1 ? .refused : .granted(.none) }
    bench.append([1])
    _ = bench.start()
    bench.append([2], priority: 5)
    let started = bench.start()
    #expect(started == [2])
  }

  @Test("R15: where the one that was refused is withdrawn, the next one asks")
  func withdrawn() {
    var bench = GateBench { $0.demands = ["a": 1] }
    bench.verdict = { $0.run.low == 1 ? .refused : .granted(.none) }
    bench.append([1, 2])
    let none = bench.start()
    _ = bench.gates.withdraw([message(1).id])
    let started = bench.start()
    #expect(none == nil && started == [2])
  }

  @Test("R15: what waits for run units does not count in the bound; a run that holds some goes before")
  func runUnits() {
    var bench = GateBench { $0.demands = ["stash": .run(1)] }
    bench.verdict = { $0.run.low == 9 ? .granted(.none) : .lacksRunUnits }
    bench.append([1, 2])
    #expect(bench.gates.countInBound == 2)
    _ = bench.start()
    #expect(bench.gates.countInBound == 0 && bench.gates.count == 2)
    bench.append([9], attempt: 2, isFavoured: true)
    let started = bench.start()
    #expect(started == [9])
    _ = bench.start()
    // The pool, which knows one message of each stage, was told again of the one that lacks units.
    #expect(bench.asked == [1, 9, 1])
    bench.gates.call()
    #expect(bench.gates.countInBound == 2)
  }

  @Test("R16: nothing starts while the predicate holds, and all of it when it clears")
  func deferral() {
    var bench = GateBench { $0.isDeferrable = true }
    bench.append([1])
    bench.gates.setDeferral(.held, at: bench.now)
    let held = bench.startAll()
    bench.append([2])
    bench.gates.setDeferral(.open, at: bench.now)
    let open = bench.startAll()
    #expect(held.isEmpty && open == [1, 2])
  }

  @Test("R16: a predicate that throws fails what waits, at once")
  func broken() {
    var bench = GateBench { $0.isDeferrable = true }
    bench.append([1, 2])
    bench.gates.setDeferral(.broken("why"), at: bench.now)
    let started = bench.startAll()
    let expired = bench.gates.expire(at: bench.now)
    #expect(started.isEmpty && expired.map(\.delivery.run.low) == [1, 2])
    #expect(expired.allSatisfy { $0.cause == .predicateThrew("why") })
  }
}

/// Rules R13 and R16: what waits too long.
@Suite("R13: waiting too long") struct ExpiryTests {
  @Test("messages expire in the order in which they came, each at its own moment and not before")
  func order() {
    var bench = GateBench { $0.queueTimeout = .seconds(5) }
    bench.verdict = { _ in .refused }
    var expired: [[UInt64]] = []
    for second in 0..<3 {
      bench.now = .seconds(second)
      bench.append([second])
    }
    let due = bench.gates.nextDue(at: bench.now)
    #expect(due == .seconds(5))
    for moment in [Duration.seconds(5) - .nanoseconds(1), .seconds(5), .seconds(7)] {
      expired.append(bench.gates.expire(at: moment).map(\.delivery.run.low))
    }
    #expect(expired == [[], [0], [1, 2]] && bench.gates.count == 0)
    let never = bench.gates.nextDue(at: .seconds(7))
    #expect(never == nil)
  }

  @Test("one that has started, or is looked at, does not expire; one that was set aside does")
  func started() {
    var bench = GateBench { options in
      options.screens = true
      options.queueTimeout = .seconds(5)
    }
    bench.append([1, 2])
    bench.screen(1) { _ in nil }
    let first = bench.start()
    _ = bench.screen()
    let none = bench.gates.expire(at: .seconds(9))
    bench.gates.setAside(message(2).id, message: nil, key: nil)
    let second = bench.gates.expire(at: .seconds(9))
    #expect(first == [1] && none.isEmpty && second.map(\.delivery.run.low) == [2])
    #expect(second.first?.cause == .inQueue(.seconds(5)))
  }

  @Test("what waits for the predicate counts from its arrival or from when it began to hold, whichever is later")
  func deferred() {
    var bench = GateBench { options in
      options.isDeferrable = true
      options.deferralTimeout = .seconds(60)
    }
    bench.verdict = { _ in .refused }
    bench.append([1])
    let open = bench.gates.nextDue(at: .zero)
    bench.gates.setDeferral(.held, at: .seconds(10))
    bench.gates.setDeferral(.held, at: .seconds(20))
    bench.now = .seconds(30)
    bench.append([2])
    let due = bench.gates.nextDue(at: bench.now)
    let first = bench.gates.expire(at: .seconds(70))
    let second = bench.gates.expire(at: .seconds(90))
    #expect(open == nil && due == .seconds(70))
    #expect([first, second].map { $0.map(\.delivery.run.low) } == [[1], [2]])
    #expect(first.first?.cause == .deferred(.seconds(60)))
  }

  @Test("a head that expires lets the next of its key pass, and the next that was refused nothing ask")
  func heads() {
    var bench = GateBench { options in
      options.screens = true
      options.keyLimit = 1
      options.queueTimeout = .seconds(5)
    }
    bench.verdict = { $0.run.low == 1 ? .refused : .granted(.none) }
    bench.append([1])
    bench.now = .seconds(1)
    bench.append([2])
    bench.screen(2) { _ in "k" }
    let none = bench.startAll()
    bench.now = .seconds(5)
    _ = bench.gates.expire(at: bench.now)
    let started = bench.startAll()
    #expect(none.isEmpty && started == [2])
  }

  @Test("a close takes out what waits, in order, and not what somebody looks at")
  func drain() {
    var bench = GateBench { $0.screens = true }
    bench.append([1, 2, 3])
    bench.screen(1) { _ in nil }
    _ = bench.start()
    _ = bench.screen()
    let rest = bench.gates.drain()
    #expect(rest.map(\.run.low) == [3] && bench.gates.count == 0)
  }
}

/// How messages gather.
@Suite("batches at the gates") struct BatchGateTests {
  private func batched(_ change: (inout GateOptions) -> Void = { _ in }) -> GateBench {
    GateBench { options in
      options.batch = BatchWindow(upTo: 3, within: .seconds(2))
      change(&options)
    }
  }

  @Test("a batch is full, or its first has waited long enough; units and a token are asked for once")
  func windows() {
    var bench = batched { $0.rate = RateLimit(2, per: .seconds(100)) }
    bench.append([1, 2])
    let early = bench.start()
    let due = bench.gates.nextDue(at: bench.now)
    bench.append([3, 4])
    let full = bench.start()
    let rest = bench.start()
    bench.now = .seconds(2)
    let late = bench.start()
    #expect(early == nil && due == .seconds(2) && full == [1, 2, 3] && rest == nil && late == [4])
    #expect(bench.asked == [1, 4])
  }

  @Test("one that was withdrawn is in no batch, and counts for none")
  func withdrawn() {
    var bench = batched()
    bench.append([1, 2, 3])
    _ = bench.gates.withdraw([message(2).id])
    let early = bench.start()
    bench.append([4])
    let full = bench.start()
    #expect(early == nil && full == [1, 3, 4] && bench.gates.waitingEntries == 0)
  }

  @Test("no more of a key are in a batch than may be under way")
  func keys() {
    var bench = batched { options in
      options.screens = true
      options.keyLimit = 1
    }
    bench.append([1, 2, 3])
    bench.screen(3) { $0 == 3 ? "other" : "k" }
    let started = bench.start()
    #expect(started == [1, 3])
  }
}
