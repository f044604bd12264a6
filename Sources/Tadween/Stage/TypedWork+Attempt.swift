internal import TadweenCore

/// One execution of one activation, step by step (rule R14), for a stage without hooks: resolve, run, route.
extension TypedWork {
  func run(_ delivery: Delivery, _ handler: HandlerInstance<H>, _ stage: StageRuntime) async -> Ending {
    let payload: Payload
    let input: H.Input
    do {
      payload = try policy.payload(of: delivery)
    } catch {
      return .failed(failure(.transform, error, delivery, stage))
    }
    do {
      input = try payload.converted(to: H.Input.self)
    } catch {
      return .failed(failure(.inputValidation, error, delivery, stage))
    }
    do {
      let output = try await handler.run(input, HandlerContext(delivery: delivery, stageRuntime: stage))
      return route(output, payload, delivery, stage)
    } catch {
      return .failed(failure(.handler, error, delivery, stage))
    }
  }

  /// Turns an output into the activation's end. What cannot be encoded fails this activation alone (rule R6).
  func route(_ output: H.Output, _ payload: Payload, _ delivery: Delivery, _ stage: StageRuntime) -> Ending {
    do {
      return try policy.ending(of: output, input: payload, encoding: encodes)
    } catch {
      return .failed(failure(.routing, error, delivery, stage))
    }
  }

  func failure(_ kind: Failure.Kind, _ error: any Error, _ delivery: Delivery, _ stage: StageRuntime) -> Failure {
    Failure(
      kind: kind, typeName: "\(type(of: error))", messages: ["\(error)"], stage: stage.name, scope: delivery.scope,
      attempt: Int(delivery.key.attempt))
  }
}
