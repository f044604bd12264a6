import Tadween

/// Opening, and what a submission does.
extension BrokerContract {
  func opensOnce() async throws {
    try await drive(.opensOnce, ContractGraph.line()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      try await driver.requireThrows(nil, "a second open") {
        _ = try await driver.broker.open(driver.graph, observer: CompletionLog())
      }
      try await driver.work(at: "a", of: run.run)
      try await driver.work(at: "b", of: run.run)
      try await driver.log.end(of: run.run)
    }
  }

  func startsAtTheEntry() async throws {
    try await drive(.startsAtTheEntry, ContractGraph.twoEntries()) { driver in
      let tenant = MetadataKey("tenant")
      for (value, entry) in [(7, "c"), (8, "a")] {
        let new = NewRun(
          entry: try driver.stage(entry), payload: try driver.payload(value), metadata: [tenant: "radio \(value)"])
        guard case .created(let ticket) = try await driver.submit([new])[0] else {
          throw driver.failure("a new submission did not create a run.")
        }
        try driver.require(ticket.run == new.id, "the ticket is of run \(ticket.run), not of \(new.id).")
        try driver.require(ticket.metadata == new.metadata, "the ticket's metadata are \(ticket.metadata.values).")
        try driver.require(ticket.end == nil, "the run has an end before it ran.")
        let delivery = try await driver.begin(at: entry)
        try driver.require(delivery.run == new.id, "the delivery is of run \(delivery.run), not of \(new.id).")
        try driver.require(
          delivery.key == DeliveryKey(activation: Activation(stage: new.entry)) && delivery.link == nil,
          "the delivery is not a first one, by no link: \(delivery.key).")
        try driver.require(try driver.number(delivery) == value, "\(value) became \(try driver.number(delivery)).")
        try driver.require(
          delivery.ticket.map { $0.run == new.id && $0.metadata == new.metadata } ?? true,
          "the delivery's ticket is of another run, or of other metadata.")
      }
    }
  }

  func answersInOrder() async throws {
    try await drive(.answersInOrder, ContractGraph.line()) { driver in
      let entry = try driver.stage("a")
      let known = try await driver.start(try driver.payload(0), at: "a", callerID: "known")
      // Every third is known, every third a conflict, the others are new.
      let runs = try (0..<30).map { number in
        NewRun(
          callerID: number % 3 == 0 ? nil : "known", entry: entry,
          payload: try driver.payload(number % 3 == 1 ? 0 : number))
      }
      for (number, answer) in try await driver.submit(runs).enumerated() {
        let (kind, run) =
          switch answer {
          case .created(let ticket): (0, ticket.run)
          case .existing(let ticket): (1, ticket.run)
          case .conflict(let run): (2, run)
          }
        let expected = number % 3 == 0 ? runs[number].id : known.run
        try driver.require(kind == number % 3 && run == expected, "submission \(number) of 30 was answered \(answer).")
      }
      for run in [known.run] + runs.enumerated().filter({ $0.offset % 3 == 0 }).map(\.element.id) {
        _ = try await driver.next(at: "a", of: run)
      }
    }
  }
}
