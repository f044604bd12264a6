import Tadween

/// What follows from an end.
extension BrokerContract {
  func movesOn() async throws {
    try await drive(.movesOn, ContractGraph.line()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      try await driver.work(at: "a", giving: 20)
      let second = try await driver.begin(at: "b")
      try driver.require(second.run == run.run, "the next stage is ready for run \(second.run), not for \(run.run).")
      try driver.require(try driver.number(second) == 20, "20 became \(try driver.number(second)) at the next stage.")
      let link = try driver.graph[driver.stage("a")].outgoing.first
      try driver.require(second.link == link, "it came by link \(String(describing: second.link)), not by its own.")
      try driver.require(run.end == nil && driver.log.count(of: run.run) == 0, "the run was complete too early.")
      try await driver.end(second, try driver.success(300))
      let end = try await driver.log.end(of: run.run)
      try driver.require(end.outcome == .succeeded, "the run ended \(end.outcome).")
      let outputs = try end.outputs.map { try $0.output.converted(to: Int.self) }
      try driver.require(outputs == [300], "the run kept the outputs \(outputs), not what its sink gave.")
    }
    try await drive(.movesOn, ContractGraph.carrying()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a").run
      let first = try await driver.begin(at: "a")
      try await driver.end(first, .succeeded(Success(try driver.payload(20), input: try driver.payload(1))))
      let second = try await driver.begin(at: "b")
      guard case .single(let payload, let input?) = second.input else {
        throw driver.failure("a link that carries the source's input brought none.")
      }
      let values = [try payload.converted(to: Int.self), try input.converted(to: Int.self)]
      try driver.require(values == [20, 1], "the output 20 and the input 1 became \(values).")
      try await driver.end(second, try driver.success(300))
      let outputs = try await driver.log.end(of: run).outputs.map { try $0.output.converted(to: Int.self) }
      try driver.require(outputs == [20, 300], "of two stages that keep theirs, the run kept the outputs \(outputs).")
    }
  }

  func putsATokenOnEveryLink() async throws {
    try await drive(.putsATokenOnEveryLink, ContractGraph.branches()) { driver in
      let condition = try driver.graph[driver.stage("a")].outgoing.filter { driver.graph[$0].isConditional }
      let cases: [(String, Ending, ready: [String], tokens: [String]?)] = [
        ("succeeded", try driver.success(1), ["maybe", "always"], ["5", "5", "not taken"]),
        ("declined", try driver.success(1, declined: condition), ["always"], ["not taken", "5", "not taken"]),
        ("failed", driver.failed("a"), ["rescue"], ["failed", "failed", "5"]),
        ("was not taken", .notTaken, [], nil),
        ("was cancelled", .cancelled(nil), [], ["cancelled", "cancelled", "not taken"]),
      ]
      for (how, ending, ready, tokens) in cases {
        let run = try await driver.start(try driver.payload(1), at: "a").run
        try await driver.end(try await driver.begin(at: "a", of: run), ending)
        for stage in ready {
          let delivery = try await driver.work(at: stage, of: run, giving: 5)
          if stage != "rescue" { continue }
          guard case .caught(let failure) = delivery.input, failure == driver.failure(of: "a") else {
            throw driver.failure("a failure link brought \(delivery.input), not its source's failure.")
          }
        }
        if let tokens {
          let join = try await driver.begin(at: "all", of: run)
          let seen = try driver.words(join)
          try driver.require(seen == tokens, "where its source \(how), a join was given \(seen), not \(tokens).")
          try await driver.end(join, try driver.success(1))
        }
        let end = try await driver.log.end(of: run)
        try driver.require(end.outcome == .succeeded, "a run whose first stage \(how) ended \(end.outcome).")
        try driver.requireNothingMore()
      }
    }
  }

  func firesJoinsOnce() async throws {
    for order in [["left", "right"], ["right", "left"]] {
      try await drive(.firesJoinsOnce, ContractGraph.diamond()) { driver in
        let run = try await driver.start(try driver.payload(1), at: "a").run
        try await driver.work(at: "a")
        let first = try await driver.begin(at: order[0])
        let second = try await driver.begin(at: order[1])
        try await driver.end(first, try driver.success(order[0].count))
        // The other parent is still at work.
        try driver.requireNothingMore()
        try await driver.end(second, try driver.success(order[1].count))
        let join = try await driver.begin(at: "both")
        try driver.require(
          try driver.words(join) == ["4", "5"],
          "a join was given \(try driver.words(join)), not its parents' outputs in order.")
        try await driver.end(join, try driver.success(1))
        try await driver.log.end(of: run)
      }
      try await drive(.firesJoinsOnce, ContractGraph.diamond(.anySucceeded(cancelLosers: false))) { driver in
        let run = try await driver.start(try driver.payload(1), at: "a").run
        try await driver.work(at: "a")
        try await driver.work(at: order[0], giving: 5)
        try await driver.work(at: "both")
        try driver.require(driver.log.count(of: run) == 0, "a run was complete while a parent was at work.")
        try await driver.work(at: order[1], giving: 6)
        try await driver.log.end(of: run)
      }
    }
  }

  func opensMapsAndGathers() async throws {
    for width in [0, 1, 3] {
      try await drive(.opensMapsAndGathers, ContractGraph.map()) { driver in
        let run = try await driver.start(try driver.payload(1), at: "split").run
        try await driver.end(try await driver.begin(at: "split"), try driver.success(7, widths: [width]))
        var items: [Delivery] = []
        for _ in 0..<width { items.append(try await driver.begin(at: "item")) }
        items.sort { $0.scope < $1.scope }
        let scopes = items.map(\.scope.indices)
        try driver.require(scopes == (0..<width).map { [$0] }, "a map of \(width) items opened \(scopes).")
        // The last item ends first.
        for item in items.reversed() { try await driver.end(item, try driver.success(item.scope.indices[0] * 10)) }
        let book = try await driver.begin(at: "book")
        let gathered = try driver.words(book)
        try driver.require(
          gathered == ["\((0..<width).map { $0 * 10 })"], "\(width) items were gathered as \(gathered).")
        try driver.require(book.scope == .root, "a gather lies at \(book.scope), inside its map.")
        try await driver.end(book, try driver.success(1))
        try await driver.log.end(of: run)
      }
    }
  }

  func commitsBatches() async throws {
    try await drive(.commitsBatches, ContractGraph.line()) { driver in
      var runs: [any RunTicket] = []
      var first: [Delivery] = []
      for number in 0..<6 {
        let run = try await driver.start(try driver.payload(number), at: "a")
        runs.append(run)
        first.append(try await driver.begin(at: "a", of: run.run))
      }
      // Run 0 is at its second stage; runs 1 and 2 at their first; run 3 has ended; 4 is given by a wrong delivery.
      try await driver.end(first[0], try driver.success(0))
      let second = try await driver.begin(at: "b", of: runs[0].run)
      try await driver.end(first[3], driver.failed("a"))
      try await driver.log.end(of: runs[3].run)
      let batch = [
        Transition(of: first[1], try driver.success(10)), Transition(of: first[4].later(), try driver.success(-1)),
        Transition(of: second, try driver.success(1)), Transition(of: first[2], driver.failed("a")),
        Transition(of: first[5].later(), try driver.success(-1)), Transition(of: first[4], try driver.success(40)),
      ]
      let nothing = try await driver.commit([])
      try driver.require(nothing.deliveries.isEmpty && nothing.stale.isEmpty, "a commit of nothing did something.")
      let result = try await driver.commit(batch)
      try driver.require(result.stale == [1, 4], "of a batch, the positions \(result.stale) were stale, not 1 and 4.")
      for (number, output) in [(1, 10), (4, 40)] {
        let next = try await driver.begin(at: "b", of: runs[number].run)
        try driver.require(try driver.number(next) == output, "run \(number) of a batch went on with another's output.")
        try await driver.end(next, try driver.success(1))
      }
      try await driver.end(first[5], try driver.success(50))
      try await driver.work(at: "b", of: runs[5].run)
      for (number, run) in runs.enumerated() {
        let end = try await driver.log.end(of: run.run)
        let outcome = [2, 3].contains(number) ? RunEnd.Outcome.failed([driver.failure(of: "a")]) : .succeeded
        try driver.require(end.outcome == outcome, "run \(number) of a batch ended \(end.outcome).")
      }
    }
  }

  func namesEqualWorkEqually() async throws {
    let (one, other) = (RunID(high: 1, low: 2), RunID(high: 1, low: 3))
    let first = try await messages(of: one)
    let again = try await messages(of: one)
    let others = try await messages(of: other)
    func require(_ isTrue: Bool, _ reason: String) throws(Failure) {
      if !isTrue { throw Failure(check: .namesEqualWorkEqually, reason: reason) }
    }
    try require(first == again, "the same work of the same run was given other message ids by another broker.")
    try require(Set(first).count == first.count, "two deliveries of one run have one message id.")
    try require(Set(first).isDisjoint(with: others), "deliveries of two runs have one message id.")
  }

  /// The message ids of a whole run over a map, in the order of the graph.
  private func messages(of run: RunID) async throws -> [MessageID] {
    var ids: [MessageID] = []
    try await drive(.namesEqualWorkEqually, ContractGraph.map()) { driver in
      _ = try await driver.submit([NewRun(id: run, entry: try driver.stage("split"), payload: try driver.payload(1))])
      let split = try await driver.begin(at: "split", of: run)
      try await driver.end(split, try driver.success(7, widths: [3]))
      var items: [Delivery] = []
      for _ in 0..<3 { items.append(try await driver.work(at: "item", of: run)) }
      let book = try await driver.work(at: "book", of: run)
      ids = ([split] + items.sorted { $0.scope < $1.scope } + [book]).map { $0.messageID(in: driver.graph) }
    }
    return ids
  }
}

extension Delivery {
  /// As this one, with another key: a delivery that is not current.
  func with(_ key: DeliveryKey) -> Delivery { Delivery(run: run, key: key, link: link, input: input, ticket: ticket) }

  /// As this one, but of a number that was never given out.
  func later() -> Delivery {
    with(
      DeliveryKey(
        activation: key.activation, generation: key.generation, attempt: key.attempt, number: key.number + 1))
  }
}
