internal import TadweenCore

/// Waiting for room in a bounded queue (rule R17).
extension StageRuntime {
  /// Whether a publisher may add work now.
  var hasRoom: Bool { state.withLock { $0.queue.hasRoom } }

  /// How many wait for room in the queue.
  var waitingPublishers: Int { state.withLock { $0.publishers.count } }

  /// Suspends until the queue is below its bound, the stage is closed, or the caller is cancelled.
  func waitForRoom() async {
    while await wait({ $0.wait($1) }) {
      if state.withLock({ $0.mayPublish || $0.queue.hasRoom }) { return }
    }
  }

  /// Keeps places in the queue for what is about to be submitted; as many as are wanted where it has no bound. To be given
  /// back with ``release(_:)`` once they are filled. Suspends until there is one, in the order of the callers.
  ///
  /// - Throws: `CancellationError` when the caller is cancelled first.
  func reserve(atMost wanted: Int) async throws -> Int {
    guard options.queueBound != nil else { return wanted }
    var count = 0
    let goesOn = await wait { queue, submitter in
      count = queue.reserve(atMost: wanted, for: submitter)
      return count == 0
    }
    guard goesOn else { throw CancellationError() }
    return max(1, count)
  }

  /// Gives places back, filled or not.
  func release(_ places: Int) {
    guard options.queueBound != nil else { return }
    let woken = state.withLock { state in state.publishers.take(state.queue.release(places)) }
    for publisher in woken { publisher.resume(returning: true) }
  }

  /// Suspends, where the queue has the caller wait, until the queue lets it go on or the stage is closed; false where the
  /// caller was cancelled first.
  private func wait(_ hasToWait: (inout StageQueue, StageQueue.Publisher) -> Bool) async -> Bool {
    await state.waitForTurn(in: \.publishers) { state, publisher in
      state.mayPublish || !hasToWait(&state.queue, publisher)
    } forget: { state, publisher in
      state.queue.forget(publisher)
    }
  }
}

extension StageRuntime.State {
  /// Whether nobody need wait for room, for nothing is begun here any more.
  var mayPublish: Bool { isClosed || vacated != nil }
}
