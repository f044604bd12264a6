internal import TadweenCore

/// The end of a process, as a stage sees it (rule R11).
extension StageRuntime {
  /// Begins nothing more, and tells what runs to stop. What does not finish goes back to the broker, where it costs no
  /// attempt.
  func interrupt() {
    let (slots, publishers) = state.withLock { state in
      state.vacated = Latch()
      state.queue.setPaused(true)
      state.noteVacancy()
      return (state.slots, state.publishers.takeAll())
    }
    for slot in slots { tellInterrupts(of: slot.stop()) }
    // What goes back never waits for room (rule R17).
    for publisher in publishers { publisher.resume(returning: true) }
  }

  /// Whether what throws now was cut short by the process's end.
  var isInterrupted: Bool { state.withLock { $0.vacated != nil || $0.isClosed } }

  /// Suspends until nobody works at an interrupted stage.
  func waitUntilVacant() async throws { try await state.withLock { $0.vacated }?.wait() }
}

extension StageRuntime.State {
  /// A worker has left: it may have been the last at an interrupted stage. Whoever waits for that is only queued here, under
  /// the lock, and runs later.
  func noteVacancy() { if let vacated, queue.busy == 0 { vacated.open(()) } }
}
