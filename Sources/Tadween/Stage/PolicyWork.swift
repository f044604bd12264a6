internal import TadweenCore

/// The work of a stage that has a policy: its hooks around its handler.
final class PolicyWork<H: Handler, Policy: StagePolicy>: StageWork
where Policy.Input == H.Input, Policy.Output == H.Output {
  let policy: WorkflowRoutingPolicy<Policy>
  let encodes: Bool
  private let instances: HandlerInstances

  init(policy: WorkflowRoutingPolicy<Policy>, _ instances: HandlerInstances, encodes: Bool) {
    self.policy = policy
    self.instances = instances
    self.encodes = encodes
  }

  var hasAfterCommit: Bool { true }

  func warmUp(_ slot: Int) async throws { try await instances[slot].warmUp() }
  func shutDown(_ slot: Int) async { await instances[slot].shutDown() }

  func afterCommit(_ delivery: Delivery, of stage: StageRuntime) async {
    let context = StageContext(delivery: delivery, stageRuntime: stage)
    guard let payload = try? policy.routing.payload(of: delivery) else { return }
    await policy.afterCommit(stage.message(delivery, payload), in: context)
  }

  func attempt(_ delivery: Delivery, in slot: Int, of stage: StageRuntime) async -> Ending {
    let context = StageContext(delivery: delivery, stageRuntime: stage)
    let payload: Payload
    do {
      payload = try policy.routing.payload(of: delivery)
    } catch {
      return await failed(.transform, error, stage.message(delivery, .nothing), context)
    }
    let message = stage.message(delivery, payload)
    do {
      return try await accepted(message, slot, context)
    } catch let step as FailedStep {
      return await failed(step.kind, step.error, message, context)
    } catch {
      return await failed(.policy, error, message, context)
    }
  }

  private func accepted(_ message: Message, _ slot: Int, _ context: StageContext) async throws -> Ending {
    switch try await policy.intercept(message, in: context) {
    case .process:
      break
    case .skip(let output, _, let hooks):
      if hooks.contains(.queued) { try await policy.onQueued(message, in: context) }
      if hooks.contains(.done) { try await policy.onDone(message, in: context) }
      if hooks.contains(.success) { try await policy.onSuccess(output, for: message, in: context) }
      return try route(output, message)
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
    // Safe: a stage's instances are all made for its handler.
    let handler = unsafe unsafeDowncast(instances[slot], to: HandlerInstance<H>.self)
    let output: H.Output
    do {
      output = try await handler.run(
        input, HandlerContext(delivery: context.delivery, stageRuntime: context.stageRuntime))
    } catch {
      try await policy.onDone(message, in: context)
      throw FailedStep(kind: .handler, error: error)
    }
    try await policy.onDone(message, in: context)
    try await policy.onSuccess(output, for: message, in: context)
    return try route(output, message)
  }

  /// Turns an output into the activation's end. What cannot be encoded fails this activation alone (rule R6).
  private func route(_ output: H.Output, _ message: Message) throws -> Ending {
    do {
      return try policy.routing.ending(of: Payload(output), input: message.payload, encoding: encodes)
    } catch {
      throw FailedStep(kind: .routing, error: error)
    }
  }

  /// Tells the policy of a failure. What it throws then is added to what has been said, and takes nothing down.
  private func failed(
    _ kind: Failure.Kind, _ error: any Error, _ message: Message, _ context: StageContext
  ) async -> Ending {
    var failure = context.stageRuntime.failure(kind, error, context.delivery)
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

/// An error of something that is no hook. Whatever else is thrown on the way comes from a hook.
private struct FailedStep: Error {
  let kind: Failure.Kind
  let error: any Error
}

extension StageRuntime {
  /// The message as a policy sees it.
  func message(_ delivery: Delivery, _ payload: Payload) -> Message {
    Message(
      id: delivery.messageID(in: graph), topic: Topic(name), payload: payload,
      metadata: delivery.ticket?.metadata ?? [:], run: delivery.run)
  }
}
