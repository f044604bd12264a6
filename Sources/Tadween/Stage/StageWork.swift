internal import TadweenCore

/// What a stage does, whatever its types: it has instances, and runs one message after the other.
protocol StageWork: Sendable {
  /// Where its slots' handlers come from.
  var instances: HandlerInstances { get }
  /// Looks at what the slot has in hand, where the stage has gates: it is set aside, or ends without its handler.
  func screen(_ slot: Slot, of stage: StageRuntime) async
  /// Runs what the slot has in hand, message by message, each to its end.
  func run(_ slot: Slot, of stage: StageRuntime) async
  /// Tells of a message that ended at a deadline, once that is committed: whatever this does holds nobody up.
  ///
  /// - Parameter message: What the policy was shown of it; nil: nothing yet.
  func expired(
    _ delivery: Delivery, _ message: Message?, _ failure: Failure, _ decision: RetryPolicy.Decision,
    of stage: StageRuntime
  ) async
  /// What its links do with payloads.
  var routing: Routing { get }
  /// Whether a policy's hooks look at each message.
  var hasHooks: Bool { get }
  /// Runs after the commit.
  func afterCommit(_ delivery: Delivery, _ message: Message?, of stage: StageRuntime) async
}

/// The work of a stage whose policy sees each message, however the handler takes them.
protocol StageWorkWithPolicy: StageWork {
  associatedtype Policy: StagePolicy
  var steps: PolicySteps<Policy> { get }
}

extension StageWorkWithPolicy {
  var routing: Routing { steps.policy.routing }

  func screen(_ slot: Slot, of stage: StageRuntime) async { await steps.screen(slot, of: stage) }

  func expired(
    _ delivery: Delivery, _ message: Message?, _ failure: Failure, _ decision: RetryPolicy.Decision,
    of stage: StageRuntime
  ) async {
    await steps.expired(message, failure, decision, StageContext(delivery: delivery, stageRuntime: stage))
  }

  func afterCommit(_ delivery: Delivery, _ message: Message?, of stage: StageRuntime) async {
    await steps.afterCommit(message, StageContext(delivery: delivery, stageRuntime: stage))
  }
}
