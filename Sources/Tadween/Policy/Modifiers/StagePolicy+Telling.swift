public import Logging
public import TadweenCore

/// Modifiers that look, and change nothing.
extension StagePolicy {
  /// Tells how long each attempt's handler took, whether it returned or threw.
  ///
  /// It is not called where the handler did not run. What it throws fails the activation.
  public func timing(
    _ body: @escaping @Sendable (_ duration: Duration, _ context: StageContext) async throws -> Void
  ) -> some StagePolicy<Input, Output> { modified(by: Timing(body: body)) }

  /// Logs every attempt that fails: where, what it failed with, and what becomes of it. No payload is logged; of an error,
  /// its type, and its text only where `withMessages` says so, for it may quote what the handler was given.
  ///
  /// - Parameters:
  ///   - level: What a failure for good is logged at; one that is retried is logged at `notice`, or lower where this is.
  ///   - withMessages: Whether the text of errors is logged too; true by default.
  public func loggingErrors(
    at level: Logger.Level = .error, withMessages: Bool = true
  ) -> some StagePolicy<Input, Output> {
    modified(by: ErrorLogging(level: level, tellsMessages: withMessages))
  }

  /// Does something with each output before it is committed: a call to an outside system, a file.
  ///
  /// An attempt may be made again after a crash or where something later fails, so give the outside system
  /// ``StageContext/idempotencyKey``. What it throws fails the activation with the kind `policy`; where that is retried, the
  /// handler's result is kept and only this is called again. What need not happen belongs in
  /// ``StagePolicy/afterCommit(_:in:)``.
  public func sideEffect(
    _ body: @escaping @Sendable (_ output: Output, _ message: Message, _ context: StageContext) async throws -> Void
  ) -> some StagePolicy<Input, Output> { modified(by: SideEffect(body: body)) }
}

private struct Timing<Input: Sendable, Output: Sendable>: PolicyModifier {
  let body: @Sendable (Duration, StageContext) async throws -> Void

  func onDone(_ message: Message, in context: StageContext) async throws {
    if let duration = context.handlerDuration { try await body(duration, context) }
  }
}

private struct ErrorLogging<Input: Sendable, Output: Sendable>: PolicyModifier {
  let level: Logger.Level
  let tellsMessages: Bool

  func onError(_ error: AttemptError, for message: Message, in context: StageContext) async throws {
    var metadata: Logger.Metadata = [
      "tadween.kind": "\(error.failure.kind)", "tadween.error_type": "\(error.failure.typeName)",
    ]
    if tellsMessages { metadata["tadween.error"] = "\(error.failure.messages.joined(separator: ": "))" }
    switch error.decision {
    case .fail: context.logger.log(level: level, "an attempt failed, for good", metadata: metadata)
    case .retry(let pause), .snooze(let pause):
      metadata["tadween.pause"] = "\(pause)"
      context.logger.log(level: min(level, .notice), "an attempt failed and will be made again", metadata: metadata)
    }
  }
}

private struct SideEffect<Input: Sendable, Output: Sendable>: PolicyModifier {
  let body: @Sendable (Output, Message, StageContext) async throws -> Void

  func onSuccess(_ output: Output, for message: Message, in context: StageContext) async throws {
    try await body(output, message, context)
  }
}
