internal import Logging
internal import TadweenCore

/// The end of an engine.
extension Engine {
  /// Takes no more runs, lets the unfinished ones finish, and ends everything. What still runs shortly before the timeout is
  /// told to stop, and goes back to the broker where it does (rule R11).
  ///
  /// - Throws: `timedOut`, naming what did not finish, when `timeout` has passed; everything is stopped then all the
  ///   same, and whoever waits for a run is told.
  func close(timeout: Duration) async throws {
    intake.shut()
    let deadline = time.now + timeout
    let waiting = await clock.wait(atMost: timeout - Self.grace(of: timeout)) {
      _ = try await self.intake.waitUntilIdle()
      _ = try await self.hooks.waitUntilIdle()
      self.stop(TadweenError(.brokerClosed, "Workflow \"\(self.name)\" is closed."))
      try await self.hasEnded.wait()
    }
    if waiting == .isOver { return }
    let wasIdle = intake.count == 0
    let (rest, latecomer) = (unfinishedWork(), latecomer)
    // Who is cancelled waits no longer than what runs may take to go back. In a task that the caller's cancellation does not
    // reach.
    let end = waiting == .timedOut ? deadline : min(deadline, time.now + Self.grace(of: timeout))
    await perform { await self.interrupt(until: end) }
    stop(TadweenError(.brokerClosed, "Workflow \"\(name)\" was closed before the run was complete."))
    do {
      try await broker.close(timeout: .zero)
    } catch {
      logger.error("the broker did not close", metadata: ["tadween.error": "\(error)"])
    }
    if waiting == .wasCancelled { throw CancellationError() }
    throw TadweenError(
      .timedOut,
      wasIdle
        ? "Workflow \"\(name)\" is closed, but \(latecomer) within \(timeout): \(rest)."
        : "Workflow \"\(name)\" did not finish within \(timeout): \(rest). Whoever waited was told.")
  }

  /// How much of a close's timeout belongs to those who are told to stop: a tenth, and a second at most.
  private static func grace(of timeout: Duration) -> Duration { min(timeout / 10, .seconds(1)) }

  /// Begins nothing more and tells everything that runs to stop, then waits for what that leads to.
  private func interrupt(until deadline: Duration) async {
    for stage in stages { stage.interrupt() }
    _ = await clock.wait(atMost: max(.zero, deadline - time.now)) {
      for stage in self.stages { try await stage.waitUntilVacant() }
      _ = try await self.hooks.waitUntilIdle()
    }
  }

  /// What an idle workflow's close waited for.
  private var latecomer: String {
    if hooks.count > 0 { return "a policy's afterCommit did not return" }
    return stages.contains { $0.load.running > 0 }
      ? "a handler did not return" : "a handler or the broker did not shut down"
  }

  /// What is not done, by stage and number.
  func unfinishedWork() -> String {
    let stages = stages.compactMap { stage -> String? in
      let (waiting, running) = stage.load
      let parked = parking.entries(at: stage.id).count
      if parked > 0 { return "\"\(stage.name)\" has \(waiting) waiting, \(running) running and \(parked) parked" }
      return waiting + running == 0 ? nil : "\"\(stage.name)\" has \(waiting) waiting and \(running) running"
    }
    let runs = intake.count
    return "\(runs) unfinished \(runs == 1 ? "run" : "runs")"
      + (stages.isEmpty ? "" : "; " + stages.joined(separator: "; "))
  }

  /// Ends everything at once: queues are emptied, running handlers are told to stop, waiters are told why. What throws then
  /// has not failed, and goes back to the broker (rule R11). Only the first call has an effect.
  func stop(_ reason: TadweenError) {
    let isFirst = stopReason.withLock { stop in
      defer { stop = stop ?? reason }
      return stop == nil
    }
    guard isFirst else { return }
    intake.shut()
    isStopping.open(())
    for stage in stages { stage.close() }
    for crew in crews { crew.dismiss() }
    desk?.close()
    admission?.close()
    watch.close()
    dispatch.finish()
    completions.close(reason)
    intake.end()
    hooks.end()
    events.close()
  }
}
