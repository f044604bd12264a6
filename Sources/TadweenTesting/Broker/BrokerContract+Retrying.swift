import Tadween

/// What an attempt that is made again does (rules R6, R10).
extension BrokerContract {
  func retriesWhatFailed() async throws {
    for countsAttempt in [true, false] {
      try await drive(.retriesWhatFailed, ContractGraph.line()) { driver in
        let run = try await driver.start(try driver.payload(7), at: "a")
        let first = try await driver.begin(at: "a")
        let history = AttemptHistory(failures: [driver.failure(of: "a")], elapsed: .seconds(5), delay: .seconds(3))
        let retry = Ending.retried(Retry(history, countsAttempt: countsAttempt))
        try await driver.end(first, retry)
        try driver.require(run.end == nil, "a run was complete while an attempt of it was still to be made.")
        let again = try await driver.begin(at: "a")
        let key = DeliveryKey(
          activation: first.key.activation, generation: first.key.generation,
          attempt: first.key.attempt + (countsAttempt ? 1 : 0), number: first.key.number + 1)
        try driver.require(again.key == key, "the next attempt came as \(again.key), not as \(key).")
        try driver.require(try driver.number(again) == 7, "the next attempt was given another input.")
        try driver.require(
          again.history?.failures == history.failures && again.history?.elapsed == history.elapsed
            && again.history?.delay == history.delay,
          "the next attempt does not know what came before it, or when it is due.")
        let repeated = try await driver.commit([Transition(of: first, retry)])
        try driver.require(repeated.deliveries.isEmpty, "a retry that was committed twice led to two attempts.")
        try await driver.end(again, try driver.success(8))
        let next = try await driver.begin(at: "b")
        try driver.require(try driver.number(next) == 8, "the stage behind a retry was given another value.")
        try await driver.end(next, try driver.success(9))
        let end = try await driver.log.end(of: run.run)
        try driver.require(end.outcome == .succeeded && end.absorbed.isEmpty, "a run with one retry ended \(end).")
      }
    }
  }

  func cancelsWhatIsToBeRetried() async throws {
    try await drive(.cancelsWhatIsToBeRetried, ContractGraph.line()) { driver in
      let history = AttemptHistory(failures: [driver.failure(of: "a")], elapsed: .zero, delay: .seconds(3))
      let run = try await driver.start(try driver.payload(7), at: "a")
      try await driver.end(try await driver.begin(at: "a"), .retried(Retry(history)))
      let waiting = try await driver.next(at: "a")
      try await driver.cancel(run)
      let end = try await driver.log.end(of: run.run)
      try driver.require(end.outcome == .cancelled, "a run that was cancelled before a retry ended \(end.outcome).")
      try driver.require(!driver.begin(waiting), "a retry of a cancelled run could still be begun.")
      // The other way round: told to stop first, it is not made again.
      let other = try await driver.start(try driver.payload(7), at: "a")
      let running = try await driver.begin(at: "a")
      try await driver.cancel(other)
      let result = try await driver.end(running, .retried(Retry(history)))
      try driver.require(result.cut == [0], "a retry after the cancel counts as cut; \(result.cut) was said.")
      let cut = try await driver.log.end(of: other.run)
      try driver.require(cut.outcome == .cancelled, "a run that was cancelled and then retried ended \(cut.outcome).")
    }
  }
}
