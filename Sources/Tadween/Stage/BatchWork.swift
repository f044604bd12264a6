internal import TadweenCore

/// The work of a stage whose handler takes several messages at once: a policy sees each by itself, the handler all of them.
final class BatchWork<H: BatchHandler, Policy: StagePolicy>: StageWorkWithPolicy
where Policy.Input == H.Input, Policy.Output == H.Output {
  let steps: PolicySteps<Policy>
  let instances: HandlerInstances
  let hasHooks: Bool

  init(_ steps: PolicySteps<Policy>, _ instances: HandlerInstances, hasHooks: Bool) {
    self.steps = steps
    self.instances = instances
    self.hasHooks = hasHooks
  }

  /// A message on its way through its batch.
  private struct Member {
    let context: StageContext
    let message: Message
    let input: H.Input

    var delivery: Delivery { context.delivery }
  }

  func run(_ slot: Slot, of stage: StageRuntime) async {
    let start = stage.time.now
    let (deliveries, dropped) = slot.takeMembers()
    for delivery in dropped { stage.drop(delivery) }
    var endings: [(Delivery, Ending)] = []
    var members: [Member] = []
    var known: [(context: StageContext, message: Message, result: Result<H.Output, any Error>)] = []
    for delivery in deliveries {
      stage.noteStart(of: delivery, in: slot)
      stage.tellStart(of: delivery)
      let context = StageContext(delivery: delivery, stageRuntime: stage)
      var message = slot.message(of: delivery)
      do throws(FailedStep) {
        let shown = try steps.message(of: context, known: message)
        message = shown
        if let output = steps.result(of: context) {
          known.append((context, shown, .success(output)))
        } else if let ending = try await steps.interceptAgain(shown, context) {
          endings.append((delivery, ending))
        } else {
          members.append(Member(context: context, message: shown, input: try await steps.input(of: shown, context)))
        }
      } catch {
        let message = message ?? stage.message(delivery, .nothing)
        endings.append((delivery, await steps.end(error, of: message, context, begunAt: start)))
      }
    }
    endings += members.filter { slot.hasDropped($0.delivery) }.map { ($0.delivery, .cancelled(nil)) }
    members.removeAll { slot.hasDropped($0.delivery) }
    let handlerStart = stage.time.now
    let results = await results(of: members, in: slot, stage)
    let duration = stage.time.now - handlerStart
    for (member, result) in zip(members, results) {
      var context = member.context
      context.handlerDuration = duration
      known.append((context, member.message, result))
    }
    for (context, message, result) in known {
      endings.append((context.delivery, await end(message, result, slot, context, start)))
    }
    slot.putAway(endings)
    stage.measure(deliveries, begunAt: start)
  }

  /// What became of each member, whatever the handler gives back.
  private func results(
    of members: [Member], in slot: Slot, _ stage: StageRuntime
  ) async -> [Result<H.Output, any Error>] {
    if members.isEmpty { return [] }
    // Safe: a stage's instances are all made for its handler.
    let handler = unsafe unsafeDowncast(slot.instance, to: HandlerInstance<H>.self)
    let grant = slot.grant
    defer { stage.handlerReturned(in: slot) }
    do {
      let items = members.map { HandlerContext(delivery: $0.delivery, stageRuntime: stage, grant: grant) }
      let results = try await handler.run(members.map(\.input), BatchContext(items: items))
      if results.count == members.count { return results }
      throw TadweenError(
        .handlerFailed,
        "the batch handler returned \(results.count) results for \(members.count) inputs: return one for each, in their "
          + "order", stage: stage.name)
    } catch {
      return members.map { _ in .failure(error) }
    }
  }

  private func end(
    _ message: Message, _ result: Result<H.Output, any Error>, _ slot: Slot, _ context: StageContext, _ start: Duration
  ) async -> Ending {
    let step: FailedStep
    do throws(FailedStep) {
      switch result {
      case .success(let output):
        return try await steps.end(with: output, of: message, context) { slot.hasExpired }
      case .failure(let error): throw await steps.thrown(error, message, context)
      }
    } catch {
      step = error
    }
    // After its deadline, or once it was told to stop, its end is decided.
    if slot.hasExpired || slot.hasDropped(context.delivery) { return .cancelled(nil) }
    return await steps.end(step, of: message, context, begunAt: start)
  }
}

extension Slot {
  /// What the policy was shown of a member of the batch, where it was looked at before.
  fileprivate func message(of delivery: Delivery) -> Message? {
    guard case .start(let first, let others, _) = gateStep else { return nil }
    return first.delivery === delivery ? first.message : others.first { $0.delivery === delivery }?.message
  }
}
