internal import TadweenCore

/// The work of a stage without a policy of its own, which most are: resolve, run, route.
///
/// It knows no types: what is typed is in its invocation, which is specialised where the stage is added. So a message
/// costs no look-up of generic metadata.
final class PlainWork: StageWork {
  private let routing: Routing
  private let invocation: Invocation
  private let instances: HandlerInstances
  private let encodes: Bool

  init(_ routing: Routing, _ invocation: Invocation, _ instances: HandlerInstances, encodes: Bool) {
    self.routing = routing
    self.invocation = invocation
    self.instances = instances
    self.encodes = encodes
  }

  var hasAfterCommit: Bool { false }
  func afterCommit(_ delivery: Delivery, in slot: Slot, of stage: StageRuntime) async {}
  func expired(_ delivery: Delivery, _ failure: Failure, in slot: Slot, of stage: StageRuntime) async {}
  func warmUp(_ slot: Int) async throws { try await instances[slot].warmUp() }
  func shutDown(_ slot: Int) async { await instances[slot].shutDown() }

  func attempt(_ delivery: Delivery, in slot: Slot, of stage: StageRuntime) async -> Ending {
    // What is being done when something is thrown; the conversion of the input says so itself.
    var step = Failure.Kind.transform
    do {
      let payload = try routing.payload(of: delivery)
      step = .handler
      let output = try await invocation.run(
        instances[slot.index], payload, HandlerContext(delivery: delivery, stageRuntime: stage))
      step = .routing
      return try routing.ending(of: output, input: payload, encoding: encodes)
    } catch let error as InputError {
      return .failed(stage.failure(.inputValidation, error.cause, delivery))
    } catch {
      return .failed(stage.failure(step, error, delivery))
    }
  }
}

extension StageRuntime {
  func failure(_ kind: Failure.Kind, _ error: any Error, _ delivery: Delivery) -> Failure {
    Failure(
      kind: kind, typeName: "\(type(of: error))", messages: Failure.messages(of: error), stage: name,
      scope: delivery.scope,
      attempt: Int(delivery.key.attempt))
  }
}
