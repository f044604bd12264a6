internal import TadweenCore

/// The work of a stage without a policy of its own, which most are: resolve, run, route.
///
/// It knows no types: what is typed is in its invocation, which is specialised where the stage is added. So a message
/// costs no look-up of generic metadata.
final class PlainWork: StageWork {
  let routing: Routing
  private let invocation: Invocation
  let instances: HandlerInstances
  private let encoding: PayloadEncoding?

  init(_ routing: Routing, _ invocation: Invocation, _ instances: HandlerInstances, encoding: PayloadEncoding?) {
    self.routing = routing
    self.invocation = invocation
    self.instances = instances
    self.encoding = encoding
  }

  var hasHooks: Bool { false }
  func afterCommit(_ delivery: Delivery, _ message: Message?, of stage: StageRuntime) async {}
  func expired(
    _ delivery: Delivery, _ message: Message?, _ failure: Failure, _ decision: RetryPolicy.Decision,
    of stage: StageRuntime
  ) async {}

  func screen(_ slot: Slot, of stage: StageRuntime) async {
    var ending: Ending?
    guard let delivery = slot.next(after: &ending) else { return }
    do {
      let key = try stage.options.concurrencyKey?.key(stage, delivery, try routing.payload(of: delivery))
      stage.setAside(delivery, nil, key: key)
    } catch {
      ending = stage.ending(.inputValidation, error, delivery, begunAt: slot.start)
    }
    stage.settle(delivery, &ending)
    _ = slot.next(after: &ending)
  }

  func run(_ slot: Slot, of stage: StageRuntime) async {
    await invocation.run(
      slot.instance, Batch(slot: slot, stage: stage, routing: routing, encoding: encoding))
  }
}
