import Tadween

/// A caller's own id for a run.
extension BrokerContract {
  func knowsCallersIDs() async throws {
    try await drive(.knowsCallersIDs, ContractGraph.line()) { driver in
      let first = try await driver.start(try driver.payload(1), at: "a", callerID: "mine")
      try await again(driver, first, "while the run is unfinished")
      // In one call with the one that creates it, too.
      let twin = NewRun(callerID: "twins", entry: try driver.stage("a"), payload: try driver.payload(2))
      let other = NewRun(callerID: "twins", entry: twin.entry, payload: twin.payload)
      guard case (.created(let one), .existing(let two)) = try await pair(driver.submit([twin, other])) else {
        throw driver.failure("the same id twice in one call did not give one new run and the same again.")
      }
      try driver.require(one.run == two.run, "the same id twice in one call gave two runs.")
      try await driver.work(at: "a", of: first.run)
      try await driver.work(at: "b", of: first.run, giving: 3)
      try await driver.log.end(of: first.run)
      let late = try await again(driver, first, "once the run is complete")
      guard let end = late.end else {
        throw driver.failure("the ticket of a complete run does not know its end: whoever waits for it waits for ever.")
      }
      try driver.require(end.outcome == .succeeded && end.outputs.count == 1, "the complete run's end became \(end).")
      _ = try await driver.next(at: "a", of: one.run)
    }
  }

  /// Submits the id of a run once more, with the same payload and with another one.
  @discardableResult
  private func again(_ driver: BrokerDriver, _ run: any RunTicket, _ when: String) async throws -> any RunTicket {
    let entry = try driver.stage("a")
    let same = NewRun(callerID: "mine", entry: entry, payload: try driver.payload(1))
    guard case .existing(let ticket) = try await driver.submit([same])[0] else {
      throw driver.failure("a known id with the same payload did not give its run, \(when).")
    }
    try driver.require(ticket.run == run.run, "a known id with the same payload gave another run, \(when).")
    let other = NewRun(callerID: "mine", entry: entry, payload: try driver.payload(2))
    guard case .conflict(let conflict) = try await driver.submit([other])[0] else {
      throw driver.failure("a known id with another payload was no conflict, \(when).")
    }
    try driver.require(conflict == run.run, "the conflict was said to be with another run, \(when).")
    return ticket
  }

  private func pair(_ answers: [Submission]) -> (Submission, Submission) { (answers[0], answers[1]) }

  func createsOneRunForAnID() async throws {
    try await drive(.createsOneRunForAnID, ContractGraph.line()) { driver in
      let entry = try driver.stage("a")
      for round in 0..<100 {
        let answers = try await withThrowingTaskGroup { group in
          let payload = try driver.payload(round)
          for _ in 0..<8 {
            group.addTask {
              let answer = try await driver.submit([NewRun(callerID: "\(round)", entry: entry, payload: payload)])[0]
              // Nothing was committed, so no end can be right; and nobody asks at a later moment than this.
              if case .existing(let ticket) = answer, ticket.end != nil {
                throw driver.failure("a run had an end before it had started.")
              }
              return answer
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        var created = 0
        var runs: Set<RunID> = []
        for answer in answers {
          switch answer {
          case .created(let ticket):
            created += 1
            runs.insert(ticket.run)
          case .existing(let ticket): runs.insert(ticket.run)
          case .conflict: throw driver.failure("the same id and payload, at the same moment, were a conflict.")
          }
        }
        try driver.require(created == 1 && runs.count == 1, "one id, 8 times at once, gave \(created) new runs.")
        for run in runs { _ = try await driver.next(at: "a", of: run) }
      }
    }
  }
}
