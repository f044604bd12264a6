internal import TadweenCore

/// The work of a stage that has a policy: its hooks around its handler.
final class PolicyWork<H: Handler, Policy: StagePolicy>: StageWorkWithPolicy
where Policy.Input == H.Input, Policy.Output == H.Output {
  let steps: PolicySteps<Policy>
  let instances: HandlerInstances

  init(_ steps: PolicySteps<Policy>, _ instances: HandlerInstances) {
    self.steps = steps
    self.instances = instances
  }

  var hasHooks: Bool { true }

  func run(_ slot: Slot, of stage: StageRuntime) async {
    var ending: Ending?
    while let delivery = stage.pickUp(in: slot, after: &ending) {
      ending = await steps.attempt(delivery, slot, stage) { message, context throws(FailedStep) in
        // With gates it was looked at before it came through them, and is looked at once more.
        if stage.hasGates {
          if let ending = try await steps.interceptAgain(message, context) { return ending }
        } else if let ending = try await steps.intercept(message, context) {
          return ending
        }
        return try await handled(message, slot, context)
      }
    }
  }

  private func handled(_ message: Message, _ slot: Slot, _ context: StageContext) async throws(FailedStep) -> Ending {
    if let output = steps.result(of: context) {
      return try await steps.end(with: output, of: message, context) { slot.hasExpired }
    }
    let stage = context.stageRuntime
    let input = try await steps.input(of: message, context)
    // Safe: a stage's instances are all made for its handler.
    let handler = unsafe unsafeDowncast(slot.instance, to: HandlerInstance<H>.self)
    let output: H.Output
    var context = context
    let start = stage.time.now
    do {
      defer {
        stage.handlerReturned(in: slot)
        context.handlerDuration = stage.time.now - start
      }
      let handlerContext = HandlerContext(delivery: context.delivery, stageRuntime: stage, grant: slot.grant)
      output = try await handler.run(input, handlerContext)
    } catch {
      throw await steps.thrown(error, message, context)
    }
    return try await steps.end(with: output, of: message, context) { slot.hasExpired }
  }
}

extension PolicySteps {
  /// Looks at the message in the slot, where the stage has gates: it is set aside, or ends without its handler.
  func screen(_ slot: Slot, of stage: StageRuntime) async {
    var ending: Ending?
    guard let delivery = slot.next(after: &ending) else { return }
    ending = await attempt(delivery, slot, stage) { message, context throws(FailedStep) in
      if let ending = try await intercept(message, context) { return ending }
      stage.setAside(delivery, message, key: try key(of: message, context))
      return nil
    }
    stage.settle(delivery, &ending)
    _ = slot.next(after: &ending)
  }

  /// Does something with the one message in the slot as the policy sees it, and tells the policy where that fails.
  func attempt(
    _ delivery: Delivery, _ slot: Slot, _ stage: StageRuntime,
    _ body: (Message, StageContext) async throws(FailedStep) -> Ending?
  ) async -> Ending? {
    let context = StageContext(delivery: delivery, stageRuntime: stage)
    var message = slot.gateMessage
    do throws(FailedStep) {
      let known = try self.message(of: context, known: message)
      message = known
      slot.keep(known)
      return try await body(known, context)
    } catch {
      let message = message ?? stage.message(delivery, .nothing)
      slot.keep(message)
      // After its deadline the attempt has failed already, and its policy was told.
      if slot.hasExpired { return nil }
      return await end(error, of: message, context, begunAt: slot.start)
    }
  }
}
