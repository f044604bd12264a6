internal import TadweenCore

/// The attempt of a stage that has a policy of its own.
extension Attempt {
  func runWithHooks() async -> Ending {
    let context = StageContext(delivery: delivery, stageRuntime: stage)
    let payload: Payload
    do {
      payload = try policy.payload(of: delivery)
    } catch {
      return await failed(.transform, error, stage.message(delivery, .nothing), context)
    }
    let message = stage.message(delivery, payload)
    do {
      return try await accepted(message, context)
    } catch let step as FailedStep {
      return await failed(step.kind, step.error, message, context)
    } catch {
      return await failed(.policy, error, message, context)
    }
  }

  /// An error of something that is no hook. Whatever else is thrown on the way comes from a hook.
  private struct FailedStep: Error {
    let kind: Failure.Kind
    let error: any Error
  }

  private func accepted(_ message: Message, _ context: StageContext) async throws -> Ending {
    switch try await policy.intercept(message, in: context) {
    case .process:
      break
    case .skip(let output, _, let hooks):
      if hooks.contains(.queued) { try await policy.onQueued(message, in: context) }
      if hooks.contains(.done) { try await policy.onDone(message, in: context) }
      if hooks.contains(.success) { try await policy.onSuccess(output, for: message, in: context) }
      return route(output, message.payload)
    case .cancel:
      return .notTaken
    }
    try await policy.onQueued(message, in: context)
    let input: H.Input
    do {
      input = try await policy.resolveInput(for: message, in: context)
    } catch {
      throw FailedStep(kind: .inputValidation, error: error)
    }
    try await policy.onRunning(message, in: context)
    let output: H.Output
    do {
      output = try await handler.run(input, HandlerContext(delivery: delivery, stageRuntime: stage))
    } catch {
      try await policy.onDone(message, in: context)
      throw FailedStep(kind: .handler, error: error)
    }
    try await policy.onDone(message, in: context)
    try await policy.onSuccess(output, for: message, in: context)
    return route(output, message.payload)
  }

  /// Tells the policy of a failure. What it throws then is added to what has been said, and takes nothing down.
  private func failed(
    _ kind: Failure.Kind, _ error: any Error, _ message: Message, _ context: StageContext
  ) async -> Ending {
    var failure = failure(kind, error)
    do {
      try await policy.onError(AttemptError(failure: failure, error: error, isFinal: true), for: message, in: context)
    } catch {
      failure = Failure(
        kind: failure.kind, typeName: failure.typeName, messages: failure.messages + ["onError threw: \(error)"],
        stage: failure.stage, scope: failure.scope, attempt: failure.attempt)
    }
    return .failed(failure)
  }
}

extension StageRuntime {
  /// The message as a policy sees it.
  func message(_ delivery: Delivery, _ payload: Payload) -> Message {
    Message(
      id: delivery.messageID(in: graph), topic: Topic(name), payload: payload,
      metadata: delivery.ticket?.metadata ?? [:], run: delivery.run)
  }
}
