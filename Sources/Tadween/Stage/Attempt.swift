internal import TadweenCore

/// One execution of one activation, step by step (rule R14).
struct Attempt<H: Handler, Policy: StagePolicy> where Policy.Input == H.Input, Policy.Output == H.Output {
  let delivery: Delivery
  let stage: StageRuntime
  let slot: Slot
  let policy: WorkflowRoutingPolicy<Policy>
  let handler: HandlerBox<H>
  let encodes: Bool

  /// A stage without hooks: resolve, run, route.
  func run() async -> Ending {
    let payload: Payload
    let input: H.Input
    do {
      payload = try policy.payload(of: delivery)
    } catch {
      return .failed(failure(.transform, error))
    }
    do {
      input = try payload.converted(to: H.Input.self)
    } catch {
      return .failed(failure(.inputValidation, error))
    }
    do {
      let output = try await handler.run(input, HandlerContext(delivery: delivery, stageRuntime: stage))
      return route(output, payload)
    } catch {
      return .failed(failure(.handler, error))
    }
  }

  /// Turns an output into the activation's end. What cannot be encoded fails this activation alone (rule R6).
  func route(_ output: H.Output, _ payload: Payload) -> Ending {
    do {
      return try policy.ending(of: output, input: payload, encoding: encodes)
    } catch {
      return .failed(failure(.routing, error))
    }
  }

  func failure(_ kind: Failure.Kind, _ error: any Error) -> Failure {
    Failure(
      kind: kind, typeName: "\(type(of: error))", messages: ["\(error)"], stage: stage.name, scope: delivery.scope,
      attempt: Int(delivery.key.attempt))
  }
}
