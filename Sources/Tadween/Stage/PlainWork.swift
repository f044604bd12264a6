internal import TadweenCore

/// The work of a stage without a policy of its own, which most are: resolve, run, route.
///
/// It knows no types: what is typed is in its invocation, which is specialised where the stage is added. So a message
/// costs no look-up of generic metadata.
final class PlainWork: StageWork {
  let routing: Routing
  private let invocation: Invocation
  private let instances: HandlerInstances
  private let encodes: Bool

  init(_ routing: Routing, _ invocation: Invocation, _ instances: HandlerInstances, encodes: Bool) {
    self.routing = routing
    self.invocation = invocation
    self.instances = instances
    self.encodes = encodes
  }

  var hasHooks: Bool { false }
  func afterCommit(_ delivery: Delivery, _ message: Message, of stage: StageRuntime) async {}
  func expired(
    _ delivery: Delivery, _ failure: Failure, _ decision: RetryPolicy.Decision, in slot: Slot, of stage: StageRuntime
  ) async {}
  func warmUp(_ slot: Int) async throws { try await instances[slot].warmUp() }
  func shutDown(_ slot: Int) async { await instances[slot].shutDown() }

  func run(_ slot: Slot, of stage: StageRuntime) async {
    await invocation.run(
      instances[slot.index], Batch(slot: slot, stage: stage, routing: routing, encodes: encodes))
  }
}
