import Tadween

/// What must change nothing.
extension BrokerContract {
  func ignoresRepetitions() async throws {
    try await drive(.ignoresRepetitions, ContractGraph.diamond()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a").run
      let a = Transition(of: try await driver.begin(at: "a"), try driver.success(1))
      try await same(driver, [a, a], "twice in one call")
      try await same(driver, [a], "once more")
      let left = Transition(of: try await driver.begin(at: "left"), try driver.success(2))
      try await same(driver, [left, left, left], "three times in one call")
      try await same(driver, [a, left, a], "both once more")
      let right = Transition(of: try await driver.begin(at: "right"), try driver.success(3))
      try await same(driver, [right], "first")
      try await same(driver, [right, left], "after the join has fired")
      let both = Transition(of: try await driver.begin(at: "both"), try driver.success(4))
      try await same(driver, [both, both], "the last one twice")
      let end = try await driver.log.end(of: run)
      try driver.require(end.outputs.count == 1, "the run kept \(end.outputs.count) outputs of one sink.")
      try await same(driver, [both, a, right], "after the run was complete")
    }
  }

  /// Commits what may have been committed before.
  private func same(_ driver: BrokerDriver, _ transitions: [Transition], _ how: String) async throws {
    let result = try await driver.commit(transitions)
    try driver.require(
      result.stale.isEmpty, "what was committed \(how) was called stale, at \(result.stale), and is a repetition.")
  }

  func refusesWhatIsStale() async throws {
    try await drive(.refusesWhatIsStale, ContractGraph.line()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      let current = try await driver.begin(at: "a")
      let activation = current.key.activation
      let elsewhere = Activation(stage: try driver.stage("b"))
      let keys = [
        DeliveryKey(activation: activation, number: 0), DeliveryKey(activation: activation, number: 2),
        DeliveryKey(activation: activation, attempt: 0), DeliveryKey(activation: activation, attempt: 2),
        DeliveryKey(activation: activation, generation: 1), DeliveryKey(activation: elsewhere),
        DeliveryKey(activation: Activation(stage: activation.stage, scope: ScopePath([0]))),
      ]
      let stale = keys.map(current.with)
      for delivery in stale where delivery.ticket != nil {
        try driver.require(!driver.begin(delivery), "a delivery that is not current could be begun: \(delivery.key).")
      }
      for ending in [try driver.success(-1), driver.failed("a"), .notTaken, .cancelled(nil)] {
        let result = try await driver.commit(stale.map { Transition(of: $0, ending) })
        try driver.require(
          result.stale == Array(keys.indices), "of \(keys.count) stale deliveries, \(result.stale) were refused.")
      }
      try driver.require(run.end == nil && driver.log.count(of: run.run) == 0, "a stale commit completed the run.")
      try driver.requireNothingMore()
      try await driver.end(current, try driver.success(20))
      let next = try await driver.begin(at: "b")
      try driver.require(try driver.number(next) == 20, "a stale commit changed an output.")
      try await driver.end(next, try driver.success(1))
      let late = try await driver.commit([Transition(of: next.later(), try driver.success(-1))])
      try driver.require(late.stale == [0], "a stale commit to a complete run was not refused.")
      try driver.require(try await driver.log.end(of: run.run).outcome == .succeeded, "the run did not succeed.")
    }
  }

  func survivesACommitThatThrows() async throws {
    guard let failNextCommit else { return }
    try await drive(.survivesACommitThatThrows, ContractGraph.diamond()) { driver in
      let runs = [
        try await driver.start(try driver.payload(1), at: "a").run,
        try await driver.start(try driver.payload(2), at: "a").run,
      ]
      for stages in [["a"], ["left", "right"], ["both"]] {
        var transitions: [Transition] = []
        for run in runs {
          for stage in stages {
            transitions.append(Transition(of: try await driver.begin(at: stage, of: run), try driver.success(3)))
          }
        }
        try await failNextCommit(driver.broker)
        try await driver.requireThrows(nil, "a commit that was made to fail") {
          _ = try await driver.commit(transitions)
        }
        let result = try await driver.commit(transitions)
        try driver.require(result.stale.isEmpty, "the repeat of a commit that threw was called stale.")
      }
      for run in runs {
        let end = try await driver.log.end(of: run)
        try driver.require(end.outcome == .succeeded && end.outputs.count == 1, "a run ended \(end).")
      }
    }
  }
}
