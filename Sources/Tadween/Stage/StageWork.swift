internal import TadweenCore

/// What a stage does, whatever its types: instances, and one attempt after the other.
protocol StageWork: Sendable {
  /// Makes and warms up the handler instance of one slot; a shared handler's only once.
  func warmUp(_ slot: Int) async throws
  /// Shuts the slot's instance down, where it was warmed up.
  func shutDown(_ slot: Int) async
  /// Runs one delivery to its end.
  func attempt(_ delivery: Delivery, in slot: Slot, of stage: StageRuntime) async -> Ending
  /// Tells of an attempt that ended at its deadline, once that is committed: whatever this does holds nobody up.
  func expired(_ delivery: Delivery, _ failure: Failure, in slot: Slot, of stage: StageRuntime) async
  /// Runs after the commit; nothing for most stages.
  var hasAfterCommit: Bool { get }
  func afterCommit(_ delivery: Delivery, in slot: Slot, of stage: StageRuntime) async
}
