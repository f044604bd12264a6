import Tadween

/// How a broker gives out what is ready.
extension BrokerContract {
  func handsOverOrGivesOut() async throws {
    try await drive(.handsOverOrGivesOut, ContractGraph.tidying(), isFed: false) { driver in
      let broker = driver.broker
      let (entry, tidy) = (try driver.stage("a"), try driver.stage("tidy"))
      let submitted = try await broker.submit([NewRun(entry: entry, payload: try driver.payload(1))])
      let first = try await ready(driver, entry, in: submitted.deliveries, submitted.announced, of: "submit")
      try driver.require(driver.begin(first), "a delivery could not be begun.")
      let committed = try await broker.commit([Transition(of: first, try driver.success(2))])
      _ = try await ready(driver, tidy, in: committed.deliveries, committed.announced, of: "commit")
      // A cancel makes the clean-up of a run ready whose only activation was.
      let other = try await broker.submit([NewRun(entry: entry, payload: try driver.payload(1))])
      _ = try await ready(driver, entry, in: other.deliveries, other.announced, of: "submit")
      guard case .created(let ticket) = other.submissions.first else {
        throw driver.failure("a new submission did not create a run.")
      }
      let cancelled = try await broker.control(.cancel(ticket))
      _ = try await ready(driver, tidy, in: cancelled.deliveries, cancelled.announced, of: "control")
    }
  }

  /// The one delivery that a call made ready, from where the broker says that it comes from.
  private func ready(
    _ driver: BrokerDriver, _ stage: StageID, in deliveries: [Delivery], _ announced: [StageID: Int], of call: String
  ) async throws -> Delivery {
    var batch = deliveries
    let isRight = announced.isEmpty || (!driver.broker.handsOver && announced == [stage: 1])
    try driver.require(
      isRight, "\(call) announced \(announced.values.reduce(0, +)) deliveries that are not to be received.")
    if !driver.broker.handsOver {
      try driver.require(deliveries.isEmpty, "it says that it does not hand over, but \(call) did.")
      batch = try await driver.receive(from: stage, atMost: 16)
    }
    guard let delivery = batch.first, batch.count == 1, delivery.stage == stage else {
      throw driver.failure("\(batch.count) deliveries followed from \(call), where one at its stage was due.")
    }
    return delivery
  }

  func receivesNoMoreThanAsked() async throws {
    try await receiving(.receivesNoMoreThanAsked) { driver, stage in
      var runs = Set<RunID>()
      for _ in 0..<10 { runs.insert(try await driver.start(try driver.payload(1), at: "a").run) }
      for limit in [1, 2, 1, 100, 100, 100, 100, 100, 100, 100] where !runs.isEmpty {
        let batch = try await driver.receive(from: stage, atMost: limit)
        try driver.require(!batch.isEmpty, "it gave nothing though something was ready.")
        try driver.require(batch.count <= limit, "it gave \(batch.count) where \(limit) were asked for.")
        for delivery in batch {
          try driver.require(runs.remove(delivery.run) != nil, "it gave a delivery again, or of no run.")
        }
      }
      try driver.require(runs.isEmpty, "\(runs.count) of 10 deliveries never came.")
    }
  }

  func receivesWhenThereIsSomething() async throws {
    try await receiving(.receivesWhenThereIsSomething) { driver, stage in
      for round in 0..<10 {
        async let batch = driver.receive(from: stage, atMost: 4)
        // So that it mostly waits already; whether it does makes no difference to what it has to give.
        for _ in 0..<round { await Task.yield() }
        let run = try await driver.start(try driver.payload(1), at: "a").run
        let received = try await batch
        try driver.require(!received.isEmpty, "it came back with nothing, though the broker is open.")
        try driver.require(
          received.map(\.run) == [run], "it gave \(received.count) deliveries, not the one of the run.")
      }
    }
  }

  func endsReceivingWhenClosed() async throws {
    try await receiving(.endsReceivingWhenClosed) { driver, stage in
      try await withThrowingTaskGroup(of: [Delivery].self) { group in
        for _ in 0..<3 { group.addTask { try await driver.receive(from: stage, atMost: 4) } }
        for _ in 0..<10 { await Task.yield() }
        try await driver.broker.close(timeout: nil)
        for try await batch in group { try driver.require(batch.isEmpty, "it gave something when it was closed.") }
      }
      let late = try await driver.receive(from: stage, atMost: 4)
      try driver.require(late.isEmpty, "it gave something after it was closed.")
    }
  }

  func endsReceivingWhenCancelled() async throws {
    try await receiving(.endsReceivingWhenCancelled) { driver, stage in
      for round in 0..<10 {
        try await withThrowingTaskGroup(of: [Delivery].self) { group in
          group.addTask { try await driver.receive(from: stage, atMost: 4) }
          for _ in 0..<round { await Task.yield() }
          group.cancelAll()
          // Nothing is a good end, and so is a cancellation error; a delivery cannot be.
          let batch = await group.nextResult()
          try driver.require((try? batch?.get())?.isEmpty ?? true, "it gave something though there was nothing.")
        }
      }
      // Whoever comes later gets what nobody took.
      let run = try await driver.start(try driver.payload(1), at: "a").run
      let batch = try await driver.receive(from: stage, atMost: 4)
      try driver.require(batch.map(\.run) == [run], "what came after a cancelled receive was lost.")
    }
  }

  /// A body that receives by itself. A broker that hands over has nothing to be looked at here.
  private func receiving(_ check: Check, _ body: (BrokerDriver, StageID) async throws -> Void) async throws {
    try await drive(check, ContractGraph.line(), isFed: false) { driver in
      if driver.broker.handsOver { return }
      try await body(driver, try driver.stage("a"))
    }
  }
}
