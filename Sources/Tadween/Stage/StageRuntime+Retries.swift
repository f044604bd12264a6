internal import Logging
internal import TadweenCore

/// Attempts that are made again (rules R10, R13).
extension StageRuntime {
  /// What the stage's policy makes of an attempt that failed, and the time since the first one began.
  func decide(
    _ failure: Failure, _ error: any Error, of delivery: Delivery, begunAt start: Duration
  ) -> (decision: RetryPolicy.Decision, elapsed: Duration) {
    guard retries else { return (.fail, .zero) }
    let elapsed = (delivery.history?.elapsed ?? .zero) + (time.now - start)
    let situation = RetryPolicy.Situation(
      failure: failure, error: error, attempt: Int(delivery.key.attempt), elapsed: elapsed)
    var random = WorldRandom(world: world)
    let decision = options.retry.decide(situation, random: &random)
    if case .retry = decision, options.retry.budget != nil, !state.withLock({ $0.retryAccount?.takeOut() ?? true }) {
      logger(for: delivery).warning("no retry is left in the stage's budget: the failure is final")
      return (.fail, elapsed)
    }
    return (decision, elapsed)
  }

  /// An attempt begins: the time is noted, and where it is the first, it pays for retries.
  func noteStart(of delivery: Delivery, in slot: Slot) {
    slot.began(at: time.now)
    guard options.retry.budget != nil, delivery.key.attempt == 1 else { return }
    state.withLock { $0.retryAccount?.payIn() }
  }

  /// What an attempt ends with that failed.
  func ending(_ kind: Failure.Kind, _ error: any Error, _ delivery: Delivery, begunAt start: Duration) -> Ending {
    let failure = failure(kind, error, delivery)
    let (decision, elapsed) = decide(failure, error, of: delivery, begunAt: start)
    return decision.ending(failure, of: delivery, elapsed: elapsed)
  }

  /// Adds messages that wait at gates, or of which some are attempts made again: each of those waits for its time, and for
  /// its last handler to return.
  ///
  /// - Parameter announced: How many of them were announced before.
  func enqueueTimed(_ deliveries: ArraySlice<Delivery>, announced: Int = 0) {
    change { state, now in
      state.queue.announce(-announced)
      state.tally += .received(deliveries)
      state.queue.add(state.setAside(from: deliveries), at: now) { desk?.holds($0.run) ?? false }
    }
    showArrival(deliveries)
  }

  /// Looks, at that moment, at what waits for one: makes ready what is due, and ends what has waited too long.
  func look(at due: Duration) {
    dispatch(
      Errand { engine in
        guard (try? await self.time.clock.rest(for: due - self.time.now)) != nil else { return }
        var expired: [ExpiredWait] = []
        self.change { state, now in
          if state.nextLook == due { state.nextLook = nil }
          state.queue.ripen(at: now) { self.desk?.holds($0.run) ?? false }
          expired = state.queue.expire(at: now)
          if !expired.isEmpty { self.desk?.forgetFront(of: self.id) }
        }
        for wait in expired { await engine.fail(wait, of: self) }
      })
  }

  /// The attempt has ended though its handler has not returned: the next one waits until it has (rule R13).
  func beginOverrun(_ delivery: Delivery) {
    let ended = Overrun.Attempt(key: delivery.key, end: time.now)
    state.withLock { $0.unreturned[delivery.work, default: Overrun()].attempts.append(ended) }
  }

  /// Whether an attempt at the work has ended and its handler has not returned.
  func isOverrun(_ work: WorkID) -> Bool { state.withLock { $0.unreturned[work] != nil } }

  /// The handler has returned; nothing where its attempt had not ended before.
  func endOverrun(_ delivery: Delivery) {
    let (end, overrun) = state.withLock { state -> (Duration?, Overrun?) in
      guard let place = state.unreturned[delivery.work]?.attempts.firstIndex(where: { $0.key == delivery.key }) else {
        return (nil, nil)
      }
      let end = state.unreturned[delivery.work]?.attempts.remove(at: place).end
      guard state.unreturned[delivery.work]?.attempts.isEmpty == true else { return (end, nil) }
      return (end, state.unreturned.removeValue(forKey: delivery.work))
    }
    if let end { tellReturn(of: delivery, after: end) }
    guard let overrun else { return }
    if hasGates {
      change { state, _ in
        guard state.unreturned[delivery.work] == nil, state.keysToRelease.remove(delivery.work) != nil else { return }
        state.queue.releaseKey(of: delivery.work)
      }
    }
    if let next = overrun.next { enqueue([next]) }
    endIsolation(of: delivery)
  }

  /// One that was to run alone is over, or is wanted no longer.
  func endIsolation(of delivery: Delivery) {
    if delivery.runsAlone { dispatch(Errand { $0.endIsolation(of: [delivery.work]) }) }
  }
}

extension Delivery {
  /// Whether the same work was attempted before, so that a handler may still be at it.
  var isAgain: Bool { history != nil || key.generation > 0 }
}

extension StageRuntime.State {
  /// Keeps back attempts at work whose last handler has not returned.
  mutating func setAside(from deliveries: ArraySlice<Delivery>) -> ArraySlice<Delivery> {
    if unreturned.isEmpty { return deliveries }
    var rest = deliveries
    rest.removeAll { delivery in
      guard let overrun = unreturned[delivery.work] else { return false }
      // What is older came late, and is no longer current.
      if delivery.key.isLater(than: overrun.next?.key) { unreturned[delivery.work]?.next = delivery }
      return true
    }
    return rest
  }

  /// Takes out the attempts that wait for a handler to return, in an order that depends on nothing but them.
  mutating func takeAwaitingReturn() -> [Delivery] {
    let awaiting = unreturned.values.compactMap(\.next).sorted {
      ($0.run.high, $0.run.low, $0.key.activation) < ($1.run.high, $1.run.low, $1.key.activation)
    }
    for delivery in awaiting { unreturned[delivery.work]?.next = nil }
    return awaiting
  }

  /// The moment of the next look at what is delayed, where none is ordered that comes as early.
  mutating func orderLook(at now: Duration) -> Duration? {
    guard let due = queue.nextDue(at: now), due < nextLook ?? .seconds(Int64.max) else { return nil }
    nextLook = due
    return due
  }
}
