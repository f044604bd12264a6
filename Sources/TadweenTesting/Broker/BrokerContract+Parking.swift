import Tadween

/// What waits for somebody to decide (rule R10).
extension BrokerContract {
  func waitsForADecision() async throws {
    try await drive(.waitsForADecision, ContractGraph.line()) { driver in
      let (run, parked) = try await driver.park()
      try driver.require(!driver.begin(parked), "what is parked could be begun.")
      try await driver.unpark(parked, run, .retry)
      let again = try await driver.begin(at: "a")
      try driver.require(
        again.key.generation == 0 && again.key.attempt == 1 && again.key.number > parked.key.number,
        "a decision to retry came as \(again.key).")
      try driver.require(try driver.number(again) == 7, "what was parked was given another input.")
      try await driver.end(again, try driver.success(8))
      try await driver.work(at: "b")
      let end = try await driver.log.end(of: run.run)
      try driver.require(end.outcome == .succeeded && end.absorbed.isEmpty, "a run with a retry ended \(end).")
    }
    try await drive(.waitsForADecision, ContractGraph.line()) { driver in
      let (run, parked) = try await driver.park()
      guard case .succeeded(let success) = try driver.success(9) else { return }
      try await driver.unpark(parked, run, .substitute(success))
      let next = try await driver.begin(at: "b")
      try driver.require(try driver.number(next) == 9, "the next stage was given no substitute.")
      let second = try await driver.unpark(parked, run, .fail)
      try driver.require(second.stale == [0], "a second decision was accepted.")
      try await driver.end(next, try driver.success(9))
      let end = try await driver.log.end(of: run.run)
      try driver.require(end.outcome == .succeeded, "a run with a substitute ended \(end).")
    }
    try await drive(.waitsForADecision, ContractGraph.line()) { driver in
      let (run, parked) = try await driver.park()
      try await driver.unpark(parked, run, .skip)
      let end = try await driver.log.end(of: run.run)
      try driver.require(
        end.outcome == .succeeded && end.outputs.isEmpty, "a run whose stage was skipped ended \(end).")
      let (other, second) = try await driver.park()
      try await driver.unpark(second, other, .fail)
      let failed = try await driver.log.end(of: other.run)
      try driver.require(
        failed.outcome == .failed([driver.failure(of: "a")]), "a run whose stage was let fail ended \(failed).")
      let (cancelled, third) = try await driver.park()
      try await driver.cancel(cancelled)
      let cut = try await driver.log.end(of: cancelled.run)
      try driver.require(cut.outcome == .cancelled, "a run that was cancelled while something was parked ended \(cut).")
      let late = try await driver.unpark(third, cancelled, .retry)
      try driver.require(late.stale == [0], "a decision about a cancelled run was accepted.")
    }
  }
}

extension BrokerDriver {
  /// A run whose first stage failed and is parked.
  fileprivate func park() async throws -> (run: any RunTicket, parked: Delivery) {
    let run = try await start(try payload(7), at: "a")
    let delivery = try await begin(at: "a", of: run.run)
    try await end(delivery, .parked(failure(of: "a")))
    try require(run.end == nil && log.count(of: run.run) == 0, "a run was complete while something of it was parked.")
    return (run, delivery)
  }
}
