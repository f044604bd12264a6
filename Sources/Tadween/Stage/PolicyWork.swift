internal import Logging
internal import TadweenCore

/// The work of a stage that has a policy: its hooks around its handler.
final class PolicyWork<H: Handler, Policy: StagePolicy>: StageWork
where Policy.Input == H.Input, Policy.Output == H.Output {
  private let policy: WorkflowRoutingPolicy<Policy>
  private let instances: HandlerInstances
  private let encodes: Bool

  init(policy: WorkflowRoutingPolicy<Policy>, _ instances: HandlerInstances, encodes: Bool) {
    self.policy = policy
    self.instances = instances
    self.encodes = encodes
  }

  var hasHooks: Bool { true }
  var routing: Routing { policy.routing }

  func warmUp(_ slot: Int) async throws { try await instances[slot].warmUp() }
  func shutDown(_ slot: Int) async { await instances[slot].shutDown() }

  func expired(
    _ delivery: Delivery, _ failure: Failure, _ decision: RetryPolicy.Decision, in slot: Slot, of stage: StageRuntime
  ) async {
    guard let message = slot.message.withLock({ $0 }) else { return }
    let context = StageContext(delivery: delivery, stageRuntime: stage)
    let error = AttemptError(failure: failure, error: failure, decision: decision)
    do {
      try await policy.onError(error, for: message, in: context)
    } catch {
      context.logger.error("onError threw after a timeout", metadata: ["tadween.error": "\(error)"])
    }
  }

  func afterCommit(_ delivery: Delivery, _ message: Message, of stage: StageRuntime) async {
    await policy.afterCommit(message, in: StageContext(delivery: delivery, stageRuntime: stage))
  }

  func run(_ slot: Slot, of stage: StageRuntime) async {
    var ending: Ending?
    while let delivery = stage.pickUp(in: slot, after: &ending) { ending = await attempt(delivery, slot, stage) }
  }

  private func attempt(_ delivery: Delivery, _ slot: Slot, _ stage: StageRuntime) async -> Ending {
    let context = StageContext(delivery: delivery, stageRuntime: stage)
    let payload: Payload
    do {
      payload = try policy.routing.payload(of: delivery)
    } catch {
      return await failed(FailedStep(kind: .transform, error: error), keep(.nothing, slot, context), slot, context)
    }
    let message = keep(payload, slot, context)
    do {
      return try await accepted(message, slot, context)
    } catch {
      return await failed(error, message, slot, context)
    }
  }

  /// The message as the policy sees it, kept for the hooks that run outside the attempt.
  private func keep(_ payload: Payload, _ slot: Slot, _ context: StageContext) -> Message {
    let message = context.stageRuntime.message(context.delivery, payload)
    slot.message.withLock { $0 = message }
    return message
  }

  private func accepted(
    _ message: Message, _ slot: Slot, _ context: StageContext
  ) async throws(FailedStep) -> Ending {
    switch try await hook("intercept", { try await policy.intercept(message, in: context) }) {
    case .process: break
    case .skip(let output, let reason, let hooks):
      tell(reason, context)
      return try await skipped(with: output, hooks, message, context)
    case .cancel(let reason):
      tell(reason, context)
      return .notTaken
    }
    try await hook("onQueued") { try await policy.onQueued(message, in: context) }
    let input: H.Input
    do {
      input = try await policy.resolveInput(for: message, in: context)
    } catch {
      throw FailedStep(kind: .inputValidation, error: error)
    }
    try await hook("onRunning") { try await policy.onRunning(message, in: context) }
    // Safe: a stage's instances are all made for its handler.
    let handler = unsafe unsafeDowncast(instances[slot.index], to: HandlerInstance<H>.self)
    let output: H.Output
    do {
      let handlerContext = HandlerContext(delivery: context.delivery, stageRuntime: context.stageRuntime)
      output = try await handler.run(input, handlerContext)
    } catch {
      var step = FailedStep(kind: .handler, error: error)
      // The handler's error is the cause; what the hook adds must not hide it.
      do { try await policy.onDone(message, in: context) } catch { step.remark = "onDone threw: \(error)" }
      throw step
    }
    try await hook("onDone") { try await policy.onDone(message, in: context) }
    // After its deadline the attempt has failed, whatever came back.
    if !slot.hasExpired {
      try await hook("onSuccess") { try await policy.onSuccess(output, for: message, in: context) }
    }
    return try route(output, message)
  }

  /// Says why the handler does not run, to whoever listens or logs.
  private func tell(_ reason: String, _ context: StageContext) {
    let stage = context.stageRuntime
    stage.events?.emit { .intercepted(WorkflowEvent.Place(context.delivery, in: stage.graph), reason: reason) }
    // Asked first, for the message's own logger costs more than not logging.
    guard stage.logger.logLevel <= .debug else { return }
    context.logger.debug("the policy kept the handler from running", metadata: ["tadween.reason": "\(reason)"])
  }

  private func skipped(
    with output: H.Output, _ hooks: SkipHooks, _ message: Message, _ context: StageContext
  ) async throws(FailedStep) -> Ending {
    if hooks.contains(.queued) { try await hook("onQueued") { try await policy.onQueued(message, in: context) } }
    if hooks.contains(.done) { try await hook("onDone") { try await policy.onDone(message, in: context) } }
    if hooks.contains(.success) {
      try await hook("onSuccess") { try await policy.onSuccess(output, for: message, in: context) }
    }
    return try route(output, message)
  }

  private func hook<Result>(_ name: String, _ body: () async throws -> Result) async throws(FailedStep) -> Result {
    do { return try await body() } catch { throw FailedStep(kind: .policy, error: error, hook: name) }
  }

  /// Turns an output into the activation's end. What cannot be encoded fails this activation alone (rule R6).
  private func route(_ output: H.Output, _ message: Message) throws(FailedStep) -> Ending {
    do {
      return try policy.routing.ending(of: Payload(output), input: message.payload, encoding: encodes)
    } catch {
      throw FailedStep(kind: .routing, error: error)
    }
  }

  /// Tells the policy of a failure. What it throws then is added to what has been said, and takes nothing down.
  private func failed(
    _ step: FailedStep, _ message: Message, _ slot: Slot, _ context: StageContext
  ) async -> Ending {
    var failure = context.stageRuntime.failure(step.kind, step.error, context.delivery, hook: step.hook)
    if let remark = step.remark { failure = failure.adding(remark) }
    // After its deadline the attempt has failed already, and its policy was told.
    if slot.hasExpired { return .failed(failure) }
    let (decision, elapsed) = context.stageRuntime.decide(
      failure, step.error, of: context.delivery, begunAt: slot.start)
    do {
      let error = AttemptError(failure: failure, error: step.error, decision: decision)
      try await policy.onError(error, for: message, in: context)
    } catch {
      failure = failure.adding("onError threw: \(error)")
    }
    return decision.ending(failure, of: context.delivery, elapsed: elapsed)
  }
}

/// What was thrown on the way, and by whom.
private struct FailedStep: Error {
  let kind: Failure.Kind
  let error: any Error
  /// The hook that threw it; nil: no hook.
  var hook: String?
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
