public import TadweenCore

/// Wraps a stage's own policy and adds transport: which links an output takes, and what each of them needs to know.
///
/// The engine puts it around every policy when a stage joins a workflow. It forwards each hook to the policy inside;
/// whatever that policy decides is then turned into an ``Ending``, which is what the broker commits.
public struct WorkflowRoutingPolicy<Base: StagePolicy>: StagePolicy {
  public typealias Input = Base.Input
  public typealias Output = Base.Output

  /// The policy that the stage was added with.
  public let base: Base
  let routing: Routing

  public func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    try await base.intercept(message, in: context)
  }
  public func interceptAgain(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    try await base.interceptAgain(message, in: context)
  }
  public func resolveInput(for message: Message, in context: StageContext) async throws -> Input {
    try await base.resolveInput(for: message, in: context)
  }
  public func onQueued(_ message: Message, in context: StageContext) async throws {
    try await base.onQueued(message, in: context)
  }
  public func onRunning(_ message: Message, in context: StageContext) async throws {
    try await base.onRunning(message, in: context)
  }
  public func onDone(_ message: Message, in context: StageContext) async throws {
    try await base.onDone(message, in: context)
  }
  public func onSuccess(_ output: Output, for message: Message, in context: StageContext) async throws {
    try await base.onSuccess(output, for: message, in: context)
  }
  public func onError(_ error: AttemptError, for message: Message, in context: StageContext) async throws {
    try await base.onError(error, for: message, in: context)
  }
  public func afterCommit(_ message: Message, in context: StageContext) async {
    await base.afterCommit(message, in: context)
  }
}
