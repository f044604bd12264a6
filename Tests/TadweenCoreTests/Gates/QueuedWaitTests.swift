import Testing

@testable import TadweenCore

/// Rule R18 in the queue of one stage.
@Suite("R18: why a message waits") struct QueuedWaitTests {
  private let now = Duration.seconds(10)

  /// A queue whose one worker is here; the message of run 1 waits in it.
  private func queue(
    _ change: (inout GateOptions) -> Void, verdict: ResourcePool.Verdict = .granted(.none), key: String? = nil
  ) -> StageQueue {
    var options = GateOptions()
    change(&options)
    var queue = StageQueue(workers: 1, gates: options)
    queue.add([message(1)][...], at: now)
    _ = queue.summon(at: now)
    queue.come()
    if options.screens {
      _ = queue.step(of: StageID(0), at: now) { _, _ in verdict }
      queue.setAside(message(1).id, message: nil, key: key)
    }
    return queue
  }

  private func waits(_ queue: StageQueue) -> [UInt64: QueuedWait] {
    var waits: [UInt64: QueuedWait] = [:]
    queue.forEachWait(at: now) { waits[$0.run.low] = $1 }
    return waits
  }

  @Test("a worker, a pause, a retry, room to open")
  func plain() {
    var plain = StageQueue(workers: 1, bound: 1, opensItems: true)
    _ = plain.add([message(1), message(2)][...])
    #expect(waits(plain) == [1: .worker, 2: .roomToOpen])
    plain.setPaused(true)
    #expect(waits(plain) == [1: .paused, 2: .roomToOpen])
    var gated = queue { $0.queueTimeout = .seconds(99) }
    #expect(waits(gated) == [1: .worker])
    gated.setPaused(true)
    #expect(waits(gated) == [1: .paused])
    var retried = StageQueue(workers: 1)
    let retry: Delivery = message(1)
    retried.add(
      [
        Delivery(
          run: retry.run, key: retry.key, link: nil, input: retry.input, ticket: nil,
          history: AttemptHistory(failures: [], elapsed: .zero, delay: .seconds(5)))
      ][...], at: now)
    #expect(waits(retried) == [1: .retry(at: .seconds(15))])
  }

  @Test("units of an attempt, or of its run")
  func units() {
    for (verdict, wait) in [(ResourcePool.Verdict.refused, QueuedWait.units), (.lacksRunUnits, .runUnits)] {
      var queue = queue { $0.demands = ["a": 1] }
      _ = queue.step(of: StageID(0), at: now) { _, _ in verdict }
      #expect(waits(queue) == [1: wait])
      queue.call()
      #expect(waits(queue) == [1: .worker])
    }
  }

  @Test("a rate, a predicate, a batch")
  func gates() {
    var rated = queue { $0.rate = RateLimit(1, per: .seconds(7)) }
    _ = rated.step(of: StageID(0), at: now) { _, _ in .granted(.none) }
    rated.add([message(2)][...], at: now)
    #expect(waits(rated) == [2: .rate(until: .seconds(17))])
    var deferred = queue { $0.isDeferrable = true }
    deferred.setDeferral(.held, at: .seconds(3))
    #expect(waits(deferred) == [1: .predicate(since: .seconds(3))])
    let batched = queue { $0.batch = BatchWindow(upTo: 4, within: .seconds(2)) }
    #expect(waits(batched) == [1: .batch(gathered: 1, size: 4, until: .seconds(12))])
  }

  @Test("a key: that of the one under way, or of the one before")
  func key() {
    var queue = queue(
      {
        $0.screens = true
        $0.keyLimit = 1
      }, key: "k")
    #expect(waits(queue) == [1: .worker])
    _ = queue.step(of: StageID(0), at: now) { _, _ in .granted(.none) }
    queue.add([message(2)][...], at: now)
    #expect(waits(queue) == [2: .worker])
    _ = queue.step(of: StageID(0), at: now) { _, _ in .granted(.none) }
    #expect(waits(queue) == [:])
    queue.setAside(message(2).id, message: nil, key: "k")
    #expect(waits(queue) == [2: .key("k")])
    queue.releaseKey(of: message(1).work)
    #expect(waits(queue) == [2: .worker])
  }
}
