internal import TadweenCore

/// What a stage does, whatever its types: it has instances, and runs one message after the other.
protocol StageWork: Sendable {
  /// Makes and warms up the handler instance of one slot; a shared handler's only once.
  func warmUp(_ slot: Int) async throws
  /// Shuts the slot's instance down, where it was warmed up.
  func shutDown(_ slot: Int) async
  /// Runs what the slot has in hand, message by message, each to its end.
  func run(_ slot: Slot, of stage: StageRuntime) async
  /// Tells of an attempt that ended at its deadline, once that is committed: whatever this does holds nobody up.
  func expired(
    _ delivery: Delivery, _ failure: Failure, _ decision: RetryPolicy.Decision, in slot: Slot, of stage: StageRuntime
  ) async
  /// What its links do with payloads.
  var routing: Routing { get }
  /// Whether a policy's hooks look at each message.
  var hasHooks: Bool { get }
  /// Runs after the commit.
  func afterCommit(_ delivery: Delivery, _ message: Message, of stage: StageRuntime) async
}
