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
    var random = SystemRandomNumberGenerator()
    return (options.retry.decide(situation, random: &random), elapsed)
  }

  /// Adds messages of which some are attempts made again: each waits for its time, and for its last handler to return.
  ///
  /// - Parameter announced: How many of them were announced before.
  func enqueueRetries(_ deliveries: ArraySlice<Delivery>, announced: Int = 0) {
    let now = time.now
    let (summoned, look) = state.withLock { state -> (Int, Duration?) in
      if state.isClosed { return (0, nil) }
      state.queue.announce(-announced)
      let summoned = state.queue.add(state.setAside(from: deliveries), at: now)
      return (summoned, state.orderLook())
    }
    if summoned > 0 { crew.summon(to: self, summoned) }
    if let look { self.look(at: look) }
  }

  /// Looks, at that moment, at what is delayed, and makes ready what is due.
  private func look(at due: Duration) {
    dispatch(
      Errand { engine in
        guard (try? await self.time.clock.rest(for: due - self.time.now)) != nil else { return }
        let now = self.time.now
        let (summoned, look) = self.state.withLock { state -> (Int, Duration?) in
          if state.nextLook == due { state.nextLook = nil }
          return (state.queue.ripen(at: now), state.orderLook())
        }
        if summoned > 0 { self.crew.summon(to: self, summoned) }
        if let look { self.look(at: look) }
      })
  }

  /// The attempt has ended though its handler has not returned: the next one waits until it has (rule R13).
  func beginOverrun(_ delivery: Delivery) { state.withLock { $0.unreturned[Work(delivery)] = .some(nil) } }

  /// The handler has returned.
  func endOverrun(_ delivery: Delivery) {
    guard let next = state.withLock({ $0.unreturned.removeValue(forKey: Work(delivery)) }) ?? nil else { return }
    enqueue([next])
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
      let work = StageRuntime.Work(delivery)
      guard unreturned[work] != nil else { return false }
      unreturned[work] = .some(delivery)
      return true
    }
    return rest
  }

  /// The moment of the next look at what is delayed, where none is ordered that comes as early.
  mutating func orderLook() -> Duration? {
    guard let due = queue.nextDue, due < nextLook ?? .seconds(Int64.max) else { return nil }
    nextLook = due
    return due
  }
}
