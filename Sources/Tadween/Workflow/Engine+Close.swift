internal import Logging
internal import TadweenCore

/// The end of an engine.
extension Engine {
  /// Takes no more runs, lets the unfinished ones finish, and ends everything.
  ///
  /// - Throws: `timedOut`, naming what did not finish, when `timeout` has passed; everything is stopped then all the
  ///   same, and whoever waits for a run is told.
  func close(timeout: Duration) async throws {
    intake.shut()
    let waiting = await clock.wait(atMost: timeout) {
      _ = try await self.intake.waitUntilIdle()
      _ = try await self.hooks.waitUntilIdle()
      self.stop(TadweenError(.brokerClosed, "Workflow \"\(self.name)\" is closed."))
      try await self.hasEnded.wait()
    }
    if waiting == .isOver { return }
    let wasIdle = intake.count == 0
    let rest = unfinishedWork()
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
        ? "Workflow \"\(name)\" is closed, but a handler did not return within \(timeout): \(rest)."
        : "Workflow \"\(name)\" did not finish within \(timeout): \(rest). Whoever waited was told.")
  }

  /// What is not done, by stage and number.
  func unfinishedWork() -> String {
    let stages = stages.compactMap { stage -> String? in
      let (waiting, running) = stage.load
      return waiting + running == 0 ? nil : "\"\(stage.name)\" has \(waiting) waiting and \(running) running"
    }
    let runs = intake.count
    return "\(runs) unfinished \(runs == 1 ? "run" : "runs")"
      + (stages.isEmpty ? "" : "; " + stages.joined(separator: "; "))
  }

  /// Ends everything at once: queues are emptied, running handlers are told to stop, waiters are told why. Only the first
  /// call has an effect.
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
