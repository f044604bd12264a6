import TadweenCore
import Testing

/// Rules R5 and R17 in the queue of one stage.
struct StageQueueTests {
  private func deliveries(_ count: Int) -> [Delivery] {
    (0..<count).map { item in
      Delivery(
        run: RunID(high: 0, low: UInt64(item)),
        key: DeliveryKey(activation: Activation(stage: StageID(0), scope: ScopePath()), generation: 0, attempt: 1),
        link: nil, input: .join([]), ticket: nil)
    }
  }

  @Test("R5: items open as room appears, in order, and none is lost")
  func items() {
    var queue = StageQueue(workers: 1, bound: 2, opensItems: true)
    let all = deliveries(5)
    let summoned = queue.add(all[...])
    #expect(summoned == 1)
    queue.come()
    var seen: [RunID] = []
    for waiting in [3, 2, 1, 0, 0] {
      #expect(queue.unopenedItems == waiting)
      #expect(queue.depth <= 2)
      var batch: [Delivery] = []
      _ = queue.take(atMost: 1, into: &batch)
      seen += batch.map(\.run)
    }
    #expect(seen == all.map(\.run))
  }

  @Test("R5: a bound does not keep workers from the items of a map")
  func workers() {
    var queue = StageQueue(workers: 3, bound: 1, opensItems: true)
    let summoned = queue.add(deliveries(5)[...])
    #expect(summoned == 3)
    for _ in 0..<3 {
      queue.come()
      var batch: [Delivery] = []
      _ = queue.take(atMost: 64, into: &batch)
      #expect(batch.count == 1)
    }
  }

  @Test("R17: a publisher goes on only where the items that wait leave room")
  func publishers() {
    var queue = StageQueue(workers: 1, bound: 1, opensItems: true)
    _ = queue.add(deliveries(2)[...])
    queue.come()
    let waits = queue.wait(7)
    #expect(waits)
    var batch: [Delivery] = []
    var woken = queue.take(atMost: 1, into: &batch)
    #expect(woken.isEmpty)
    woken = queue.take(atMost: 1, into: &batch)
    #expect(woken == [7])
  }

  @Test("R17: what is no item of a map may pass the bound; a close takes out what has not opened")
  func others() {
    var queue = StageQueue(workers: 1, bound: 1)
    _ = queue.add(deliveries(3)[...])
    #expect(queue.depth == 3)
    var items = StageQueue(workers: 1, bound: 1, opensItems: true)
    _ = items.add(deliveries(3)[...])
    let rest = items.drain()
    #expect(rest.count == 3)
  }

  private func retries(_ delays: [Int]) -> [Delivery] {
    zip(deliveries(delays.count), delays).map { delivery, delay in
      Delivery(
        run: delivery.run, key: DeliveryKey(activation: delivery.key.activation, attempt: 2, number: 2), link: nil,
        input: delivery.input, ticket: nil,
        history: AttemptHistory(failures: [], elapsed: .zero, delay: .seconds(delay)))
    }
  }

  @Test("R10: what is due is ready, in the order of the times, and nothing before")
  func delays() {
    var queue = StageQueue(workers: 9)
    let all = retries([3, 1, 0, 2, 1])
    queue.add(all[...], at: .seconds(10))
    let (summoned, due) = (queue.summon(), queue.nextDue(at: .seconds(10)))
    #expect(summoned == 1)
    #expect(queue.depth == 1 && queue.waiting == 5 && due == .seconds(11))
    let ripe = [.seconds(11) - .nanoseconds(1), .seconds(12)].map { now in
      queue.ripen(at: now)
      return queue.summon()
    }
    #expect(ripe == [0, 3])
    let nextDue = queue.nextDue(at: .seconds(12))
    #expect(queue.depth == 4 && nextDue == .seconds(13))
    queue.ripen(at: .seconds(13))
    let (last, never) = (queue.summon(), queue.nextDue(at: .seconds(13)))
    #expect(last == 1)
    #expect(never == nil)
    var batch: [Delivery] = []
    while queue.depth > 0 { _ = queue.take(atMost: 9, into: &batch) }
    #expect(batch.map(\.run) == [2, 1, 4, 3, 0].map { all[$0].run })
  }

  @Test("R17: what waits for a retry counts in the bound, and passes it")
  func delaysInTheBound() {
    var queue = StageQueue(workers: 1, bound: 2)
    queue.add(retries([1])[...], at: .zero)
    #expect(queue.hasRoom)
    queue.add(retries([1, 1])[...], at: .zero)
    #expect(!queue.hasRoom && queue.waiting == 3)
    let rest = queue.drain()
    #expect(rest.count == 3)
  }

  @Test("R17: a place that is kept counts, and whoever waits is given one in turn")
  func places() {
    var queue = StageQueue(workers: 1, bound: 3)
    let places = [2, 5, 1, 1].enumerated().map { queue.reserve(atMost: $1, for: UInt64($0)) }
    #expect(places == [2, 1, 0, 0])
    #expect(!queue.hasRoom)
    _ = queue.add(deliveries(2)[...])
    let afterTwo = queue.release(2)
    #expect(afterTwo == [])
    let afterNone = queue.release(1)
    #expect(afterNone == [2])
    queue.forget(3)
    queue.come()
    var batch: [Delivery] = []
    let afterTake = queue.take(atMost: 9, into: &batch)
    #expect(batch.count == 2 && afterTake == [])
    let rest = queue.reserve(atMost: 9, for: 4)
    #expect(rest == 2)
  }
}
