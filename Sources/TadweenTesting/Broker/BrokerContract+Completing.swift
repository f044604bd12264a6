import Tadween

/// How a run's end is told.
extension BrokerContract {
  func announcesOnce() async throws {
    try await drive(.announcesOnce, ContractGraph.line()) { driver in
      var runs: [RunID] = []
      for _ in 0..<10 {
        let ticket = try await driver.start(try driver.payload(1), at: "a")
        runs.append(ticket.run)
        try await driver.work(at: "a", of: ticket.run)
        let last = Transition(of: try await driver.begin(at: "b", of: ticket.run), try driver.success(1))
        try driver.require(driver.log.count(of: ticket.run) == 0, "a run was announced before it was complete.")
        _ = try await driver.commit([last])
        let end = try await driver.log.end(of: ticket.run)
        try driver.require(end.run == ticket.run && ticket.end?.outcome == end.outcome, "the ticket tells another end.")
        _ = try await driver.commit([last, last])
        try await driver.cancel(ticket)
      }
      // The loop gave whatever is told late the time of nine further runs.
      let counts = runs.map { driver.log.count(of: $0) }
      try driver.require(counts.allSatisfy { $0 == 1 }, "complete runs were announced \(counts) times, not once each.")
    }
  }

  func losesNothingUnderConcurrency() async throws {
    try await drive(.losesNothingUnderConcurrency, ContractGraph.diamond()) { driver in
      let entry = try driver.stage("a")
      let new = try (0..<500).map { NewRun(entry: entry, payload: try driver.payload($0)) }
      var tickets: [any RunTicket] = []
      for answer in try await driver.submit(new) {
        guard case .created(let ticket) = answer else { throw driver.failure("a new submission created no run.") }
        tickets.append(ticket)
      }
      for stages in [["a"], ["left", "right"], ["both"]] {
        var ready: [Delivery] = []
        for stage in stages {
          for _ in new { ready.append(try await driver.begin(at: stage)) }
        }
        try await commit(ready, of: driver, by: 64)
        // A join that fired twice would be noticed here.
        if stages.count == 1, stages[0] == "both" { try driver.requireNothingMore() }
      }
      for ticket in tickets {
        try await driver.log.end(of: ticket.run)
        try driver.require(ticket.end?.outcome == .succeeded, "a run that was announced has no end.")
      }
    }
    try await drive(.losesNothingUnderConcurrency, ContractGraph.tidying()) { driver in
      for _ in 0..<100 {
        let ticket = try await driver.start(try driver.payload(1), at: "a")
        let running = try await driver.begin(at: "a", of: ticket.run)
        let success = try driver.success(1)
        async let ended = driver.commit([Transition(of: running, success)])
        async let cancelled = driver.cancel(ticket)
        _ = try await (ended, cancelled)
        // The clean-up runs once, whoever was first.
        try await driver.work(at: "tidy", of: ticket.run)
        let end = try await driver.log.end(of: ticket.run)
        try driver.require(ticket.end?.outcome == end.outcome, "the ticket tells another end than the observer.")
      }
    }
  }

  /// Many tasks commit at the same moment. The two parents of a join fall to different ones, as long as the number of runs
  /// is no multiple of theirs.
  private func commit(_ deliveries: [Delivery], of driver: BrokerDriver, by tasks: Int) async throws {
    let ending = try driver.success(1)
    try await withThrowingDiscardingTaskGroup { group in
      for first in 0..<tasks {
        let mine = stride(from: first, to: deliveries.count, by: tasks).map {
          Transition(of: deliveries[$0], ending)
        }
        group.addTask {
          for half in [mine.prefix(mine.count / 2), mine.suffix(mine.count - mine.count / 2)] {
            let stale = try await driver.commit(Array(half)).stale
            try driver.require(stale.isEmpty, "\(stale.count) ends were refused as stale.")
          }
        }
      }
    }
  }

  func letsGoOfFinishedRuns() async throws {
    try await drive(.letsGoOfFinishedRuns, ContractGraph.line()) { driver in
      if driver.broker.payloadEncoding != nil { return }
      final class Cargo: Sendable {}
      weak var input: Cargo?
      weak var output: Cargo?
      try await {
        let (given, made) = (Cargo(), Cargo())
        (input, output) = (given, made)
        let run = try await driver.start(Payload(given), at: "a").run
        try await driver.end(try await driver.begin(at: "a"), .succeeded(Success(Payload(made))))
        try await driver.end(try await driver.begin(at: "b"), .succeeded(Success(Payload(made))))
        try await driver.log.end(of: run)
      }()
      driver.log.clear()
      // Another thread may just be leaving; one that stays is given up with the patience.
      try await wait.for("the payloads of a finished run to go") {
        while input != nil || output != nil {
          try Task.checkCancellation()
          await Task.yield()
        }
      }
    }
  }
}
