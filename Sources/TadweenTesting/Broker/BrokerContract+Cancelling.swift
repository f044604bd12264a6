import Tadween

/// What a cancelled run does (rule R12).
extension BrokerContract {
  func endsWhatIsReadyWhenCancelled() async throws {
    try await drive(.endsWhatIsReadyWhenCancelled, ContractGraph.line()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      let waiting = try await driver.next(at: "a")
      let result = try await driver.cancel(run)
      try driver.require(result.interrupts.isEmpty, "something that did not run was interrupted.")
      try driver.require(!driver.begin(waiting), "a delivery of a cancelled run could still be begun.")
      let end = try await driver.log.end(of: run.run)
      try driver.require(end.outcome == .cancelled && end.outputs.isEmpty, "a cancelled run ended \(end).")
      let late = try await driver.commit([Transition(of: waiting, try driver.success(1))])
      try driver.require(late.stale == [0], "an end of what had ended cancelled was accepted.")
    }
    try await drive(.endsWhatIsReadyWhenCancelled, ContractGraph.tidying()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      _ = try await driver.next(at: "a")
      try await driver.cancel(run)
      let tidy = try await driver.begin(at: "tidy")
      try driver.require(try driver.words(tidy) == ["cancelled"], "the clean-up was given \(try driver.words(tidy)).")
      try driver.require(run.end == nil, "a run was complete before its clean-up.")
      try await driver.end(tidy, try driver.success(1))
      let end = try await driver.log.end(of: run.run)
      try driver.require(end.outcome == .cancelled, "a cancelled run ended \(end.outcome) after its clean-up.")
    }
  }

  func interruptsWhatRuns() async throws {
    try await drive(.interruptsWhatRuns, ContractGraph.diamond()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      try await driver.work(at: "a")
      let running = [try await driver.begin(at: "left"), try await driver.begin(at: "right")]
      let interrupts = try await driver.cancel(run).interrupts
      try driver.require(
        Set(interrupts.map(\.key)) == Set(running.map(\.key)) && interrupts.allSatisfy { $0.run == run.run },
        "two activations ran when the run was cancelled, and \(interrupts.count) were interrupted.")
      try driver.require(run.end == nil, "a run was complete while its handlers ran.")
      let failure = Transition(of: running[0], driver.failed("left"))
      let result = try await driver.commit([Transition(of: running[1], try driver.success(5)), failure])
      try driver.require(result.stale.isEmpty, "the end of an interrupted activation was refused.")
      try driver.require(
        result.cut == [1], "a failure after the cancel, at position 1, counts as cut; \(result.cut) was said.")
      let end = try await driver.log.end(of: run.run)
      try driver.require(end.outcome == .cancelled, "a cancelled run whose handler then threw ended \(end.outcome).")
    }
    try await drive(.interruptsWhatRuns, ContractGraph.line()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      try await driver.work(at: "a")
      let last = try await driver.begin(at: "b")
      try await driver.cancel(run)
      try await driver.end(last, try driver.success(300))
      let end = try await driver.log.end(of: run.run)
      try driver.require(
        end.outcome == .succeeded && end.outputs.count == 1,
        "the last stage succeeded all the same; the run ended \(end).")
    }
    try await drive(.interruptsWhatRuns, ContractGraph.diamond(.anySucceeded(cancelLosers: true))) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      try await driver.work(at: "a")
      let (winner, loser) = (try await driver.begin(at: "left"), try await driver.begin(at: "right"))
      let interrupts = try await driver.end(winner, try driver.success(1)).interrupts
      try driver.require(interrupts.map(\.key) == [loser.key], "the loser of a race was not interrupted by the commit.")
      let cut = try await driver.end(loser, driver.failed("right")).cut
      try driver.require(cut == [0], "the failure of an interrupted loser counts as cut; \(cut) was said.")
      try await driver.work(at: "both")
      let end = try await driver.log.end(of: run.run)
      try driver.require(end.outcome == .succeeded, "a run that lost a race inside it ended \(end.outcome).")
    }
  }

  func failsOfTheCauseOfACancel() async throws {
    try await drive(.failsOfTheCauseOfACancel, ContractGraph.line()) { driver in
      let cause = driver.cause
      let run = try await driver.start(try driver.payload(1), at: "a")
      let running = try await driver.begin(at: "a")
      let interrupts = try await driver.cancel(run, because: cause).interrupts
      try driver.require(
        interrupts.map(\.key) == [running.key], "what ran was not interrupted by a cancel with a cause.")
      try await driver.cancel(run)
      try await driver.end(running, .cancelled(nil))
      let first = try await driver.log.end(of: run.run)
      try driver.require(first.outcome == .failed([cause]), "a run that was cancelled for a cause ended \(first).")
      try await driver.redrive(run)
      try await driver.work(at: "a")
      try await driver.work(at: "b")
      let second = try await driver.log.end(of: run.run, round: 1)
      try driver.require(
        second.outcome == .succeeded, "a run that was cancelled for a cause, and was redriven, ended \(second).")

      let other = try await driver.start(try driver.payload(1), at: "a")
      _ = try await driver.next(at: "a")
      try await driver.cancel(other)
      try await driver.cancel(other, because: cause)
      let end = try await driver.log.end(of: other.run)
      try driver.require(end.outcome == .cancelled, "a run that was cancelled, and then for a cause, ended \(end).")
    }
  }

  func cancelsOnce() async throws {
    try await drive(.cancelsOnce, ContractGraph.line()) { driver in
      let run = try await driver.start(try driver.payload(1), at: "a")
      let running = try await driver.begin(at: "a")
      _ = try await driver.cancel(run)
      let second = try await driver.cancel(run)
      try driver.require(second.interrupts.isEmpty && second.deliveries.isEmpty, "a second cancel did something.")
      try await driver.end(running, .cancelled(nil))
      try await driver.log.end(of: run.run)
      let third = try await driver.cancel(run)
      try driver.require(third.interrupts.isEmpty && third.deliveries.isEmpty, "a cancel after the end did something.")
      let other = try await driver.start(try driver.payload(1), at: "a")
      try await driver.work(at: "a")
      try await driver.work(at: "b")
      try await driver.log.end(of: other.run)
      try await driver.cancel(other)
      try driver.require(other.end?.outcome == .succeeded, "a complete run was cancelled afterwards.")
    }
  }
}
