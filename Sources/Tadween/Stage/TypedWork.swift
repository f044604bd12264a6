internal import TadweenCore

/// A stage's work with its types: its handler's instances and its policy.
final class TypedWork<H: Handler, Policy: StagePolicy>: StageWork
where Policy.Input == H.Input, Policy.Output == H.Output {
  let policy: WorkflowRoutingPolicy<Policy>
  let source: HandlerSource<H>
  let encodes: Bool
  /// A stage without a policy of its own skips its hooks altogether: most stages are of that kind.
  let hasHooks = Policy.self != DefaultPolicy<H.Input, H.Output>.self
  /// The instance that was made last; the only one, where it is shared.
  private let latest = Locked<HandlerBox<H>?>(nil)

  init(policy: WorkflowRoutingPolicy<Policy>, source: HandlerSource<H>, encodes: Bool) {
    self.policy = policy
    self.source = source
    self.encodes = encodes
  }

  var hasAfterCommit: Bool { hasHooks }

  func warmUp(_ slot: Slot) async throws {
    let box: HandlerBox<H>
    if source.isShared, let existing = latest.withLock({ $0 }) {
      box = existing
    } else {
      box = HandlerBox(try source.make())
      try await box.warmUp()
      latest.withLock { $0 = box }
    }
    slot.instance.withLock { $0 = box }
  }

  func shutDown(_ slot: Slot) async {
    let box = slot.instance.withLock { instance in
      defer { instance = nil }
      return instance as? HandlerBox<H>
    }
    await box?.shutDown()
  }

  func attempt(_ delivery: Delivery, in slot: Slot, of stage: StageRuntime) async -> Ending {
    guard let box = slot.instance.withLock({ $0 }) as? HandlerBox<H> else { return .cancelled(nil) }
    let attempt = Attempt(delivery: delivery, stage: stage, slot: slot, policy: policy, handler: box, encodes: encodes)
    return hasHooks ? await attempt.runWithHooks() : await attempt.run()
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

/// Where a stage's handler instances come from.
struct HandlerSource<H: Handler>: Sendable {
  /// Whether all slots use one instance.
  let isShared: Bool
  let make: @Sendable () throws -> H
}

/// A handler instance between the tasks that use it.
///
/// An instance that is not `Sendable` is used by one worker at a time, the one that has its slot; that is what makes
/// this safe. A shared one is `Sendable`, and changes only while it is warmed up and shut down, when nothing runs.
final class HandlerBox<H: Handler>: @unchecked Sendable {  // see above
  private var handler: H
  private let state = Locked(Phase.new)

  private enum Phase { case new, warm, down }

  init(_ handler: H) { self.handler = handler }

  func warmUp() async throws {
    try await handler.warmUp()
    state.withLock { $0 = .warm }
  }

  @inline(__always)
  func run(_ input: H.Input, _ context: HandlerContext) async throws -> H.Output {
    try await handler.run(input, context: context)
  }

  /// Once, and only after a warm-up that succeeded.
  func shutDown() async {
    let isDue = state.withLock { phase in
      defer { phase = .down }
      return phase == .warm
    }
    if isDue { await handler.shutDown() }
  }
}
