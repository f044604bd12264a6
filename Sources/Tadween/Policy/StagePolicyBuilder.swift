public import TadweenCore

/// A policy made of closures, for one-offs.
///
/// ```swift
/// let policy = StagePolicyBuilder<URL, Transcript>()
///   .onSuccess { transcript, _, context in context.logger.info("\(transcript.words.count) words") }
/// ```
public struct StagePolicyBuilder<Input: Sendable, Output: Sendable>: StagePolicy {
  public typealias Hook = @Sendable (Message, StageContext) async throws -> Void

  private var interceptBody: (@Sendable (Message, StageContext) async throws -> Interception<Output>)?
  private var resolveBody: (@Sendable (Message, StageContext) async throws -> Input)?
  private var queuedBody: Hook?
  private var runningBody: Hook?
  private var doneBody: Hook?
  private var successBody: (@Sendable (Output, Message, StageContext) async throws -> Void)?
  private var errorBody: (@Sendable (AttemptError, Message, StageContext) async throws -> Void)?
  private var commitBody: (@Sendable (Message, StageContext) async -> Void)?

  public init() {}

  /// A copy with one closure set.
  private func with(_ change: (inout Self) -> Void) -> Self {
    var copy = self
    change(&copy)
    return copy
  }

  public func intercept(
    _ body: @escaping @Sendable (Message, StageContext) async throws -> Interception<Output>
  ) -> Self { with { $0.interceptBody = body } }

  public func resolveInput(_ body: @escaping @Sendable (Message, StageContext) async throws -> Input) -> Self {
    with { $0.resolveBody = body }
  }

  public func onQueued(_ body: @escaping Hook) -> Self { with { $0.queuedBody = body } }
  public func onRunning(_ body: @escaping Hook) -> Self { with { $0.runningBody = body } }
  public func onDone(_ body: @escaping Hook) -> Self { with { $0.doneBody = body } }

  public func onSuccess(_ body: @escaping @Sendable (Output, Message, StageContext) async throws -> Void) -> Self {
    with { $0.successBody = body }
  }

  public func onError(_ body: @escaping @Sendable (AttemptError, Message, StageContext) async throws -> Void) -> Self {
    with { $0.errorBody = body }
  }

  public func afterCommit(_ body: @escaping @Sendable (Message, StageContext) async -> Void) -> Self {
    with { $0.commitBody = body }
  }

  public func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    try await interceptBody?(message, context) ?? .process
  }

  public func resolveInput(for message: Message, in context: StageContext) async throws -> Input {
    if let resolveBody { return try await resolveBody(message, context) }
    return try message.payload.converted(to: Input.self)
  }

  public func onQueued(_ message: Message, in context: StageContext) async throws {
    try await queuedBody?(message, context)
  }

  public func onRunning(_ message: Message, in context: StageContext) async throws {
    try await runningBody?(message, context)
  }

  public func onDone(_ message: Message, in context: StageContext) async throws {
    try await doneBody?(message, context)
  }

  public func onSuccess(_ output: Output, for message: Message, in context: StageContext) async throws {
    try await successBody?(output, message, context)
  }

  public func onError(_ error: AttemptError, for message: Message, in context: StageContext) async throws {
    try await errorBody?(error, message, context)
  }

  public func afterCommit(_ message: Message, in context: StageContext) async {
    await commitBody?(message, context)
  }
}
