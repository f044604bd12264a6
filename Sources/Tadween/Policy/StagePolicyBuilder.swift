public import TadweenCore

/// A policy made of closures, for one-offs.
///
/// ```swift
/// let policy = StagePolicyBuilder<URL, Transcript>()
///   .onSuccess { transcript, _, context in context.logger.info("\(transcript.words.count) words") }
/// ```
/// Each call sets one closure and gives a changed copy; a second call for the same hook replaces the first. What a
/// closure is told, may throw, and what comes of that is said at the hook of the same name in ``StagePolicy``.
public struct StagePolicyBuilder<Input: Sendable, Output: Sendable>: StagePolicy {
  /// A hook that is told of the message and nothing else.
  public typealias Hook = @Sendable (Message, StageContext) async throws -> Void

  private var interceptBody: (@Sendable (Message, StageContext) async throws -> Interception<Output>)?
  private var interceptAgainBody: (@Sendable (Message, StageContext) async throws -> Interception<Output>)?
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

  /// Sets what decides whether the handler runs: ``StagePolicy/intercept(_:in:)``.
  public func intercept(
    _ body: @escaping @Sendable (Message, StageContext) async throws -> Interception<Output>
  ) -> Self { with { $0.interceptBody = body } }

  /// Sets what decides so once more, where the message has waited since: ``StagePolicy/interceptAgain(_:in:)``.
  public func interceptAgain(
    _ body: @escaping @Sendable (Message, StageContext) async throws -> Interception<Output>
  ) -> Self { with { $0.interceptAgainBody = body } }

  /// Sets what makes the handler's input: ``StagePolicy/resolveInput(for:in:)``.
  public func resolveInput(_ body: @escaping @Sendable (Message, StageContext) async throws -> Input) -> Self {
    with { $0.resolveBody = body }
  }

  /// Sets what runs once the message is accepted: ``StagePolicy/onQueued(_:in:)``.
  public func onQueued(_ body: @escaping Hook) -> Self { with { $0.queuedBody = body } }
  /// Sets what runs just before the handler: ``StagePolicy/onRunning(_:in:)``.
  public func onRunning(_ body: @escaping Hook) -> Self { with { $0.runningBody = body } }
  /// Sets what runs when the handler has returned or thrown: ``StagePolicy/onDone(_:in:)``.
  public func onDone(_ body: @escaping Hook) -> Self { with { $0.doneBody = body } }

  /// Sets what is told of the output: ``StagePolicy/onSuccess(_:for:in:)``.
  public func onSuccess(_ body: @escaping @Sendable (Output, Message, StageContext) async throws -> Void) -> Self {
    with { $0.successBody = body }
  }

  /// Sets what is told of a failure: ``StagePolicy/onError(_:for:in:)``.
  public func onError(_ body: @escaping @Sendable (AttemptError, Message, StageContext) async throws -> Void) -> Self {
    with { $0.errorBody = body }
  }

  /// Sets what runs once the end is recorded: ``StagePolicy/afterCommit(_:in:)``.
  public func afterCommit(_ body: @escaping @Sendable (Message, StageContext) async -> Void) -> Self {
    with { $0.commitBody = body }
  }

  public func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    try await interceptBody?(message, context) ?? .process
  }

  public func interceptAgain(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    try await interceptAgainBody?(message, context) ?? .process
  }

  public func resolveInput(for message: Message, in context: StageContext) async throws -> Input {
    if let resolveBody { return try await resolveBody(message, context) }
    return try await DefaultPolicy<Input, Output>().resolveInput(for: message, in: context)
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
