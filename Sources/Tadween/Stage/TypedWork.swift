internal import Logging
internal import TadweenCore

/// A stage's work with its types: its handler's instances and its policy.
final class TypedWork<H: Handler, Policy: StagePolicy>: StageWork
where Policy.Input == H.Input, Policy.Output == H.Output {
  let policy: WorkflowRoutingPolicy<Policy>
  let encodes: Bool
  /// A stage without a policy of its own skips its hooks altogether: most stages are of that kind.
  let hasHooks = Policy.self != DefaultPolicy<H.Input, H.Output>.self
  /// By slot; all the same one where the handler is shared.
  private let instances: [HandlerInstance<H>]

  init(policy: WorkflowRoutingPolicy<Policy>, source: HandlerSource<H>, workers: Int, encodes: Bool) {
    self.policy = policy
    self.encodes = encodes
    if source.isShared {
      instances = Array(repeating: HandlerInstance(source.make), count: workers)
    } else {
      instances = (0..<workers).map { _ in HandlerInstance(source.make) }
    }
  }

  var hasAfterCommit: Bool { hasHooks }

  func warmUp(_ slot: Int) async throws { try await instances[slot].warmUp() }

  func shutDown(_ slot: Int) async { await instances[slot].shutDown() }

  func attempt(_ delivery: Delivery, in slot: Slot, of stage: StageRuntime) async -> Ending {
    let handler = instances[slot.index]
    return hasHooks ? await runWithHooks(delivery, handler, slot, stage) : await run(delivery, handler, stage)
  }

  func expired(_ delivery: Delivery, _ failure: Failure, in slot: Slot, of stage: StageRuntime) async {
    guard hasHooks, let message = slot.message.withLock({ $0 }) else { return }
    let context = StageContext(delivery: delivery, stageRuntime: stage)
    let error = AttemptError(failure: failure, error: failure, isFinal: true)
    do {
      try await policy.onError(error, for: message, in: context)
    } catch {
      context.logger.error("onError threw after a timeout", metadata: ["tadween.error": "\(error)"])
    }
  }

  func afterCommit(_ delivery: Delivery, in slot: Slot, of stage: StageRuntime) async {
    guard let message = slot.message.withLock({ $0.take() }) else { return }
    await policy.afterCommit(message, in: StageContext(delivery: delivery, stageRuntime: stage))
  }
}
