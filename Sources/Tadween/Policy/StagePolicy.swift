public import TadweenCore

/// What happens around a stage's handler. A policy overrides what it needs; the rest does nothing.
///
/// The order of one attempt (rule R14): ``intercept(_:in:)``, ``onQueued(_:in:)``, ``resolveInput(for:in:)``,
/// ``onRunning(_:in:)``, the handler, ``onDone(_:in:)``, then ``onSuccess(_:for:in:)`` or ``onError(_:for:in:)``, the
/// commit, ``afterCommit(_:in:)``.
///
/// What any other hook throws fails the activation as a failure of kind `policy`. Where ``onError(_:for:in:)`` throws, the
/// activation has failed already: the error is added to the failure's messages.
public protocol StagePolicy<Input, Output>: Sendable {
  associatedtype Input: Sendable
  associatedtype Output: Sendable

  /// Decides what becomes of a message before anything is spent on it. Asked once an attempt.
  ///
  /// Read its payload with ``Payload/converted(to:)``: it may hold another type than `Input`, or be encoded.
  func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Output>

  /// Decides once more, just before the handler runs, at a stage where messages wait after they were intercepted: for units,
  /// a rate, a key. Meanwhile another run may have brought the answer; what the message was waiting for goes back at once
  /// where it is skipped. By default it is processed.
  func interceptAgain(_ message: Message, in context: StageContext) async throws -> Interception<Output>

  /// The handler's input; by default the payload, converted where its type is another one. Fields that the conversion
  /// ignored are logged at `debug`, as `tadween.fields`, where `Input` is `Encodable` too.
  ///
  /// What it throws fails the activation with the kind `inputValidation`, for the handler was given nothing to fail at.
  func resolveInput(for message: Message, in context: StageContext) async throws -> Input

  /// The message is accepted and will run.
  func onQueued(_ message: Message, in context: StageContext) async throws

  /// The handler runs next.
  func onRunning(_ message: Message, in context: StageContext) async throws

  /// The handler returned, or threw.
  func onDone(_ message: Message, in context: StageContext) async throws

  /// The handler returned this output; it is not committed yet.
  func onSuccess(_ output: Output, for message: Message, in context: StageContext) async throws

  /// The attempt failed.
  func onError(_ error: AttemptError, for message: Message, in context: StageContext) async throws

  /// The activation's end is recorded. Runs at most once, outside the unit of work, and cannot fail it: what must
  /// happen is a stage.
  func afterCommit(_ message: Message, in context: StageContext) async
}

extension StagePolicy {
  public func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Output> { .process }
  public func interceptAgain(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    .process
  }
  public func resolveInput(for message: Message, in context: StageContext) async throws -> Input {
    try context.stageRuntime.input(from: message.payload, of: context.delivery)
  }
  public func onQueued(_ message: Message, in context: StageContext) async throws {}
  public func onRunning(_ message: Message, in context: StageContext) async throws {}
  public func onDone(_ message: Message, in context: StageContext) async throws {}
  public func onSuccess(_ output: Output, for message: Message, in context: StageContext) async throws {}
  public func onError(_ error: AttemptError, for message: Message, in context: StageContext) async throws {}
  public func afterCommit(_ message: Message, in context: StageContext) async {}
}

/// A policy that does nothing.
public struct DefaultPolicy<Input: Sendable, Output: Sendable>: StagePolicy {
  public init() {}
}

/// What an interception decides.
///
/// A reason is told by ``WorkflowEvent/intercepted(_:reason:)`` and logged at `debug`, as `tadween.reason`: name no payload
/// in it.
public enum Interception<Output: Sendable>: Sendable {
  /// The handler runs.
  case process
  /// The handler does not run: this is its output. Counts as succeeded, and is sent on.
  ///
  /// - `hooks`: the hooks that are called all the same; none by default.
  case skip(with: Output, reason: String, hooks: SkipHooks = [])
  /// This branch ends here: its links get notTaken.
  case cancel(reason: String)
}

/// The hooks that are called for a message whose handler is skipped.
public struct SkipHooks: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// ``StagePolicy/onQueued(_:in:)``.
  public static let queued = SkipHooks(rawValue: 1)
  /// ``StagePolicy/onDone(_:in:)``.
  public static let done = SkipHooks(rawValue: 2)
  /// ``StagePolicy/onSuccess(_:for:in:)``, with the output that the interception gave.
  public static let success = SkipHooks(rawValue: 4)
  public static let all: SkipHooks = [.queued, .done, .success]
}

/// Why an attempt failed, and what comes of it.
public struct AttemptError: Sendable {
  /// What is recorded of it, as a value that can be stored and sent along a failure link.
  public let failure: Failure
  /// What was thrown.
  public let error: any Error
  /// What becomes of the activation.
  public let decision: RetryPolicy.Decision
  /// Whether this was the last attempt.
  public var isFinal: Bool { decision == .fail }
}
