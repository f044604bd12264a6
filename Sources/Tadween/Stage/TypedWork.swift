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

  func attempt(_ delivery: Delivery, in slot: Int, of stage: StageRuntime) async -> Ending {
    let handler = instances[slot]
    return hasHooks ? await runWithHooks(delivery, handler, stage) : await run(delivery, handler, stage)
  }

  func afterCommit(_ delivery: Delivery, of stage: StageRuntime) async {
    let context = StageContext(delivery: delivery, stageRuntime: stage)
    guard let payload = try? policy.payload(of: delivery) else { return }
    await policy.afterCommit(stage.message(delivery, payload), in: context)
  }
}
