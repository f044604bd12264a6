internal import TadweenCore

/// The end of an engine.
extension Engine {
  /// Takes no more runs, lets the unfinished ones finish, and ends everything.
  ///
  /// - Throws: `timedOut`, naming what did not finish, when `timeout` has passed; everything is stopped then all the
  ///   same, and whoever waits for a run is told.
  func close(timeout: Duration) async throws {
    intake.shut()
    let isIdle = await within(timeout) { try await self.intake.waitUntilIdle() }
    if isIdle {
      stop(TadweenError(.brokerClosed, "Workflow \"\(name)\" is closed."))
      if await within(timeout, { try await self.hasEnded.wait() }) { return }
      throw TadweenError(.timedOut, "Workflow \"\(name)\" is closed, but a handler's shutDown did not return in \(timeout).")
    }
    let rest = unfinishedWork()
    stop(TadweenError(.brokerClosed, "Workflow \"\(name)\" was closed before the run was complete."))
    try await broker.close(timeout: .zero)
    throw TadweenError(
      .timedOut, "Workflow \"\(name)\" did not finish within \(timeout): \(rest). Whoever waited was told.")
  }

  /// What is not done, by stage and number.
  func unfinishedWork() -> String {
    let stages = stages.compactMap { stage -> String? in
      let (waiting, running) = stage.load
      return waiting + running == 0 ? nil : "\"\(stage.name)\" has \(waiting) waiting and \(running) running"
    }
    let runs = intake.count
    return "\(runs) unfinished \(runs == 1 ? "run" : "runs")" + (stages.isEmpty ? "" : "; " + stages.joined(separator: "; "))
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
    var tickets: [(any RunTicket)?] = []
    for stage in stages {
      tickets += stage.close().map(\.ticket)
      for slot in stage.slots { tickets += slot.tickets }
    }
    for crew in crews { crew.dismiss() }
    watch.close()
    recruiting.finish()
    tell(tickets)
    for record in registered.withLock({ Array($0.values) }) where record.abandon(reason) { intake.dismiss(1) }
    events.close()
  }

  /// Tells whoever waits for these runs that they will not be completed here.
  func tell(_ tickets: [(any RunTicket)?]) {
    let reason = closed()
    for ticket in tickets {
      if let record = ticket?.observer as? RunRecord, record.abandon(reason) { intake.dismiss(1) }
    }
  }

  /// Whether the body returned before the time was up; it is cancelled then.
  func within(_ timeout: Duration, _ body: @escaping @Sendable () async throws -> Void) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { (try? await body()) != nil }
      group.addTask {
        try? await self.clock.sleep(for: timeout)
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }
}
