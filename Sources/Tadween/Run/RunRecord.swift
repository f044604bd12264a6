internal import TadweenCore

/// What this process knows of a run: its end, once it has one, and who waits for it.
///
/// The broker announces the end to it. It lives as long as the run is unfinished or somebody holds a ``Run``.
final class RunRecord: RunObserver {
  let id: RunID
  let engine: Engine
  /// The end, or why there will be none; until then, the broker's handle on the run.
  let end = HoldingLatch<Result<RunEnd, TadweenError>, any RunTicket>()

  init(_ id: RunID, _ engine: Engine) {
    self.id = id
    self.engine = engine
  }

  /// A run may be complete before its submission has returned; then there is nothing to attach.
  func attach(_ ticket: (any RunTicket)?) {
    if let ticket {
      end.hold(ticket)
    } else {
      engine.registered.withLock { $0[id] = self }
      if end.value != nil { engine.registered.withLock { $0[id] = nil } }
    }
  }

  func runDidComplete(_ end: RunEnd) {
    guard self.end.open(.success(end)) else { return }
    engine.runCompleted(end)
  }

  /// The workflow is closed, and the run will not be completed here. False where it is complete, or was told before.
  func abandon(_ error: TadweenError) -> Bool {
    guard end.open(.failure(error)) else { return false }
    return true
  }

  func cancel() async throws {
    guard end.value == nil else { return }
    try await engine.control(.cancel(id, end.held))
  }
}
