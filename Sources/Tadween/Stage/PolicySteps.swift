internal import Logging
internal import TadweenCore

/// What a stage's policy does with a message, step by step; whatever runs handlers puts them around the handler.
struct PolicySteps<Policy: StagePolicy>: Sendable {
  let policy: WorkflowRoutingPolicy<Policy>
  /// nil: values travel as they are.
  let encoding: PayloadEncoding?

  /// The message as the policy sees it.
  ///
  /// - Parameter known: The message, where the policy was shown it before.
  func message(of context: StageContext, known: Message? = nil) throws(FailedStep) -> Message {
    if let known { return known }
    do {
      return context.stageRuntime.message(context.delivery, try policy.routing.payload(of: context.delivery))
    } catch {
      throw FailedStep(kind: .transform, error: error)
    }
  }

  /// The end of a message that its policy keeps from its handler; nil where the handler is to run, or has done so.
  func intercept(_ message: Message, _ context: StageContext) async throws(FailedStep) -> Ending? {
    if context.delivery.history?.result != nil { return nil }
    let decision = try await hook("intercept") { try await policy.intercept(message, in: context) }
    if let ending = try await ending(decision, message, context) { return ending }
    try await hook("onQueued") { try await policy.onQueued(message, in: context) }
    return nil
  }

  /// Asks the policy once more, where the message has waited since; see ``intercept(_:_:)``.
  func interceptAgain(_ message: Message, _ context: StageContext) async throws(FailedStep) -> Ending? {
    if context.delivery.history?.result != nil { return nil }
    let decision = try await hook("interceptAgain") { try await policy.interceptAgain(message, in: context) }
    return try await ending(decision, message, context)
  }

  func key(of message: Message, _ context: StageContext) throws(FailedStep) -> String? {
    let stage = context.stageRuntime
    do {
      return try stage.options.concurrencyKey?.key(stage, context.delivery, message.payload)
    } catch {
      throw FailedStep(kind: .inputValidation, error: error)
    }
  }

  /// The handler's input, just before it runs.
  func input(of message: Message, _ context: StageContext) async throws(FailedStep) -> Policy.Input {
    let input: Policy.Input
    do {
      input = try await policy.resolveInput(for: message, in: context)
    } catch {
      throw FailedStep(kind: .inputValidation, error: error)
    }
    try await hook("onRunning") { try await policy.onRunning(message, in: context) }
    return input
  }

  /// What the handler threw, once the policy knows that it has returned.
  func thrown(_ error: any Error, _ message: Message, _ context: StageContext) async -> FailedStep {
    var step = FailedStep(kind: .handler, error: error)
    // The handler's error is the cause; what the hook adds must not hide it.
    do { try await policy.onDone(message, in: context) } catch { step.remark = "onDone threw: \(error)" }
    return step
  }

  /// The end of a message whose handler has returned.
  ///
  /// - Parameter hasExpired: Asked after `onDone`; after its deadline the attempt has failed, whatever came back.
  func end(
    with output: Policy.Output, of message: Message, _ context: StageContext, hasExpired: () -> Bool
  ) async throws(FailedStep) -> Ending {
    // A hook that was content with this result before is not called again.
    let failed = context.delivery.history?.result?.hook
    if failed != "onSuccess" {
      try await hook("onDone", about: output) { try await policy.onDone(message, in: context) }
    }
    if !hasExpired() {
      try await hook("onSuccess", about: output) { try await policy.onSuccess(output, for: message, in: context) }
    }
    return try route(output, message)
  }

  /// What the handler gave back in an attempt before, where it was a hook that failed.
  func result(of context: StageContext) -> Policy.Output? { context.delivery.history?.result?.output as? Policy.Output }

  /// Tells the policy of a failure. What it throws then is added to what has been said, and takes nothing down.
  ///
  /// - Parameter start: When the attempt began.
  func end(_ step: FailedStep, of message: Message, _ context: StageContext, begunAt start: Duration) async -> Ending {
    // An attempt that the end of the process cuts short has not failed, and its policy hears of none (rule R11).
    if context.stageRuntime.isInterrupted { return .interrupted(context.delivery) }
    var failure = context.stageRuntime.failure(step.kind, step.error, context.delivery, hook: step.hook)
    if let remark = step.remark { failure = failure.adding(remark) }
    let (decision, elapsed) = context.stageRuntime.decide(failure, step.error, of: context.delivery, begunAt: start)
    do {
      let error = AttemptError(failure: failure, error: step.error, decision: decision)
      try await policy.onError(error, for: message, in: context)
    } catch {
      failure = failure.adding("onError threw: \(error)")
    }
    return decision.ending(failure, of: context.delivery, elapsed: elapsed, result: step.result)
  }

  /// Tells the policy of a message that ended at a deadline.
  func expired(_ message: Message?, _ failure: Failure, _ decision: RetryPolicy.Decision, _ context: StageContext) async
  {
    let error = AttemptError(failure: failure, error: failure, decision: decision)
    do {
      try await policy.onError(error, for: try self.message(of: context, known: message), in: context)
    } catch {
      context.logger.error("onError threw after a timeout", metadata: ["tadween.error": "\(error)"])
    }
  }

  func afterCommit(_ message: Message?, _ context: StageContext) async {
    guard let message = try? self.message(of: context, known: message) else { return }
    await policy.afterCommit(message, in: context)
  }

  /// Says why the handler does not run, to whoever listens or logs.
  private func tell(_ reason: String, _ context: StageContext) {
    let stage = context.stageRuntime
    stage.events?.emit { .intercepted(WorkflowEvent.Place(context.delivery, of: stage), reason: reason) }
    // Asked first, for the message's own logger costs more than not logging.
    guard stage.logger.logLevel <= .debug else { return }
    context.logger.debug("the policy kept the handler from running", metadata: ["tadween.reason": "\(reason)"])
  }

  /// The end of a message that its policy keeps from its handler.
  private func ending(
    _ decision: Interception<Policy.Output>, _ message: Message, _ context: StageContext
  ) async throws(FailedStep) -> Ending? {
    switch decision {
    case .process: return nil
    case .skip(let output, let reason, let hooks):
      tell(reason, context)
      return try await skipped(with: output, hooks, message, context)
    case .cancel(let reason):
      tell(reason, context)
      return .notTaken
    }
  }

  private func skipped(
    with output: Policy.Output, _ hooks: SkipHooks, _ message: Message, _ context: StageContext
  ) async throws(FailedStep) -> Ending {
    if hooks.contains(.queued) { try await hook("onQueued") { try await policy.onQueued(message, in: context) } }
    if hooks.contains(.done) { try await hook("onDone") { try await policy.onDone(message, in: context) } }
    if hooks.contains(.success) {
      try await hook("onSuccess") { try await policy.onSuccess(output, for: message, in: context) }
    }
    return try route(output, message)
  }

  private func hook<Result>(
    _ name: String, about output: (any Sendable)? = nil, _ body: () async throws -> Result
  ) async throws(FailedStep) -> Result {
    do {
      return try await body()
    } catch {
      let result = output.map { HandlerResult(output: $0, hook: name) }
      throw FailedStep(kind: .policy, error: error, hook: name, result: result)
    }
  }

  /// Turns an output into the activation's end. What cannot be encoded, or stored, fails this activation alone (rule R6).
  private func route(_ output: Policy.Output, _ message: Message) throws(FailedStep) -> Ending {
    do {
      return try policy.routing.ending(of: Payload(output), input: message.payload, encoding: encoding)
    } catch {
      throw FailedStep(kind: .routing, error: error)
    }
  }
}

/// What was thrown on the way, and by whom.
struct FailedStep: Error {
  let kind: Failure.Kind
  let error: any Error
  /// The hook that threw it; nil: no hook.
  var hook: String?
  /// What the hook threw about, where only the hook is to be called again.
  var result: HandlerResult?
  /// What a hook threw on top of it.
  var remark: String?
}

extension StageRuntime {
  /// The message as a policy sees it.
  func message(_ delivery: Delivery, _ payload: Payload) -> Message {
    Message(
      id: delivery.messageID(in: graph), topic: Topic(name), payload: payload,
      metadata: delivery.ticket?.metadata ?? [:], run: delivery.run)
  }
}
