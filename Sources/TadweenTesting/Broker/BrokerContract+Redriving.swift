import Tadween

/// What is done again (rule R10).
extension BrokerContract {
  func redrivesWhatFailed() async throws {
    try await drive(.redrivesWhatFailed, ContractGraph.line()) { driver in
      let run = try await driver.start(try driver.payload(7), at: "a")
      try await driver.work(at: "a", giving: 8)
      let first = try await driver.begin(at: "b")
      try await driver.end(first, driver.failed("b"))
      try driver.requireFailed(try await driver.log.end(of: run.run), "a run whose last stage failed")
      let redrive = try await driver.redrive(run)
      try driver.require(
        redrive.reopened == [first.key.activation] && redrive.takenBack.isEmpty && redrive.reopensRun
          && redrive.round == 1, "the redrive of one failure was told as \(redrive).")
      try driver.require(run.end == nil, "a run that was redriven is complete before it ran again.")
      let again = try await driver.begin(at: "b")
      try driver.require(
        again.key == DeliveryKey(activation: first.key.activation, generation: 1),
        "what was redriven came as \(again.key).")
      try driver.require(try driver.number(again) == 8, "what was redriven was given another input.")
      try driver.require(again.history == nil, "what was redriven remembers attempts from before.")
      let stale = try await driver.commit([Transition(of: first, try driver.success(1))])
      try driver.require(stale.stale == [0], "an end of the generation that was taken back was accepted.")
      try driver.require(!driver.begin(first), "a delivery of the generation that was taken back could be begun.")
      try await driver.end(again, try driver.success(9))
      let end = try await driver.log.end(of: run.run, round: 1)
      try driver.require(end.outcome == .succeeded && end.outputs.count == 1, "a run that was redriven ended \(end).")
      try driver.require(
        run.end?.outcome == .succeeded && run.end(of: 1)?.outcome == .succeeded,
        "the ticket does not know the end after the redrive.")
      guard let before = run.end(of: 0) else { throw driver.failure("the first end of a redriven run is forgotten.") }
      try driver.requireFailed(before, "the first end of a redriven run")
    }
  }

  func takesBackWhatFollowed() async throws {
    try await drive(.takesBackWhatFollowed, ContractGraph.branches()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      try await driver.end(try await driver.begin(at: "a"), driver.failed("a"))
      let rescue = try await driver.begin(at: "rescue")
      let redrive = try await driver.redrive(run)
      try driver.require(!redrive.reopensRun && redrive.round == 0, "a run that was not complete was reopened.")
      let late = try await driver.commit([Transition(of: rescue, try driver.success(5))])
      try driver.require(late.stale == [0], "the end of what was taken back while it ran was accepted.")
      try await driver.work(at: "a", giving: 2)
      try await driver.work(at: "maybe", giving: 3)
      try await driver.work(at: "always", giving: 4)
      let all = try await driver.begin(at: "all")
      try driver.require(
        try driver.words(all) == ["3", "4", "not taken"], "the join saw \(try driver.words(all)) after the redrive.")
      try await driver.end(all, try driver.success(6))
      let end = try await driver.log.end(of: run.run)
      try driver.require(end.outcome == .succeeded && end.absorbed.isEmpty, "a run that was redriven ended \(end).")
    }
    try await drive(.takesBackWhatFollowed, ContractGraph.map()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "split")
      try await driver.end(try await driver.begin(at: "split"), try driver.success(0, widths: [2]))
      let (one, two) = (try await driver.begin(at: "item"), try await driver.begin(at: "item"))
      try await driver.end(one, try driver.success(Int(one.scope.indices[0])))
      try await driver.end(two, driver.failed("item"))
      try driver.requireFailed(try await driver.log.end(of: run.run), "a run one of whose items failed")
      try await driver.redrive(run)
      let again = try await driver.begin(at: "item")
      try driver.require(again.scope == two.scope, "another item was redriven than the one that failed.")
      try await driver.end(again, try driver.success(Int(again.scope.indices[0])))
      let book = try await driver.begin(at: "book")
      try driver.require(
        try driver.words(book) == ["[0, 1]"],
        "the gather saw \(try driver.words(book)) after the redrive of one of two items.")
      try await driver.end(book, try driver.success(6))
      let end = try await driver.log.end(of: run.run, round: 1)
      try driver.require(end.outcome == .succeeded && end.shortfalls.isEmpty, "a run that was redriven ended \(end).")
    }
  }

  func redrivesOnlyWhatIsMeant() async throws {
    try await drive(.redrivesOnlyWhatIsMeant, ContractGraph.diamond()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      try await driver.work(at: "a")
      try await driver.end(try await driver.begin(at: "left"), driver.failed("left"))
      try await driver.end(try await driver.begin(at: "right"), driver.failed("right"))
      try await driver.log.end(of: run.run)
      try driver.require(try await driver.redrive(run, ["a"]).isEmpty, "what had succeeded was redriven.")
      try driver.require(run.end != nil, "a redrive of nothing opened the run.")
      let redrive = try await driver.redrive(run, ["left"])
      try driver.require(redrive.reopened.count == 1, "one failure was named, and \(redrive.reopened.count) redriven.")
      try driver.require(try await driver.redrive(run, ["left"]).isEmpty, "what was redriven was redriven again.")
      try await driver.work(at: "left")
      let end = try await driver.log.end(of: run.run, round: 1)
      try driver.require(
        end.outcome == .failed([driver.failure(of: "right")]), "one of two failures was redriven; the run ended \(end)."
      )
      // And the other one, after which the join has what it needs.
      try await driver.redrive(run, ["right"])
      try await driver.work(at: "right")
      try await driver.work(at: "both")
      let last = try await driver.log.end(of: run.run, round: 2)
      try driver.require(last.outcome == .succeeded, "both failures were redriven; the run ended \(last).")
    }
  }

  func redrivesWhatWasCut() async throws {
    try await drive(.redrivesWhatWasCut, ContractGraph.diamond()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      try await driver.work(at: "a", giving: 3)
      let running = try await driver.begin(at: "left")
      _ = try await driver.next(at: "right")
      try await driver.cancel(run)
      try await driver.end(running, .cancelled(nil))
      try driver.require(try await driver.log.end(of: run.run).outcome == .cancelled, "a cancelled run was not.")
      let redrive = try await driver.redrive(run)
      try driver.require(redrive.reopened.count == 2, "two were cut, and \(redrive.reopened.count) redriven.")
      for stage in ["left", "right"] {
        let again = try await driver.begin(at: stage)
        try driver.require(try driver.number(again) == 3, "what was cut was given another input.")
        try await driver.end(again, try driver.success(4))
      }
      try await driver.work(at: "both")
      let end = try await driver.log.end(of: run.run, round: 1)
      try driver.require(end.outcome == .succeeded, "a cancelled run that was redriven ended \(end).")
    }
    try await drive(.redrivesWhatWasCut, ContractGraph.diamond()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      try await driver.work(at: "a", giving: 3)
      try await driver.work(at: "left", giving: 5)
      try await driver.end(try await driver.begin(at: "right"), .cancelled(nil))
      let end = try await driver.log.end(of: run.run)
      try driver.require(
        end.outcome == .cancelled, "a run whose sink one cancelled end kept from running ended \(end).")
      try await driver.redrive(run)
      let again = try await driver.begin(at: "right")
      try driver.require(try driver.number(again) == 3, "what was cut was given another input.")
      try await driver.end(again, try driver.success(4))
      let both = try await driver.begin(at: "both")
      try driver.require(
        try driver.words(both) == ["5", "4"], "the join saw \(try driver.words(both)) after the redrive.")
      try await driver.end(both, try driver.success(6))
    }
  }
}

extension BrokerDriver {
  func requireFailed(_ end: RunEnd, _ what: String) throws {
    if case .failed = end.outcome { return }
    throw failure("\(what) is told as \(end).")
  }
}
