import Tadween

/// The end of a broker.
extension BrokerContract {
  func closesAnyNumberOfTimes() async throws {
    try await drive(.closesAnyNumberOfTimes, ContractGraph.line()) { driver in
      try await driver.start(try driver.payload(1), at: "a")
      _ = try await driver.next(at: "a")
      try await withThrowingDiscardingTaskGroup { group in
        for _ in 0..<4 { group.addTask { try await driver.broker.close(timeout: nil) } }
      }
      try await driver.broker.close(timeout: .zero)
      try await driver.broker.close(timeout: nil)
    }
    let unopened = try await makeBroker()
    try await unopened.close(timeout: nil)
    try await unopened.close(timeout: nil)
  }

  func refusesWorkOnceClosed() async throws {
    try await drive(.refusesWorkOnceClosed, ContractGraph.line()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      let delivery = try await driver.begin(at: "a")
      try await driver.broker.close(timeout: nil)
      try await driver.requireThrows(.brokerClosed, "a submit to a closed broker") {
        try await driver.start(try driver.payload(1), at: "a")
      }
      try await driver.requireThrows(.brokerClosed, "a commit to a closed broker") {
        try await driver.end(delivery, try driver.success(1))
      }
      try await driver.requireThrows(.brokerClosed, "a cancel at a closed broker") { try await driver.cancel(run) }
      try driver.require(driver.log.count(of: run.run) == 0, "a closed broker announced a run.")
    }
  }
}
