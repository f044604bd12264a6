public import TadweenCore

/// Ready-made behaviour that is added to a policy, in the manner of a view modifier.
///
/// ```swift
/// let policy = DefaultPolicy<Recording, Transcript>()
///   .skippingIfStored(of: \.id, parts: [\StoredRecording.$transcript]) { $0.transcript }
///   .savingPart(\StoredRecording.$transcript, from: \.self, of: \.id)
///   .timing { duration, context in print(context.stage, duration) }
/// ```
/// A modifier of your own implements the hooks that it needs, like any policy, and is added with
/// ``StagePolicy/modified(by:)``. Modifiers stack: at every hook the policy that is modified goes first, and so they act in
/// the order in which they are written. Where one keeps the handler from running, those after it are not asked.
public protocol PolicyModifier<Input, Output>: StagePolicy {
  /// Changes the handler's input, which the policy that is modified has made; by default it stays as it is.
  ///
  /// A modifier's own ``StagePolicy/resolveInput(for:in:)`` is not asked. What this throws fails the activation with the
  /// kind `inputValidation`.
  func adjust(_ input: Input, for message: Message, in context: StageContext) async throws -> Input
}

extension PolicyModifier {
  public func adjust(_ input: Input, for message: Message, in context: StageContext) async throws -> Input { input }
}

extension StagePolicy {
  /// This policy, and the modifier after it.
  public func modified<Modifier: PolicyModifier<Input, Output>>(by modifier: Modifier) -> ModifiedPolicy<Self, Modifier>
  {
    ModifiedPolicy(base: self, modifier: modifier)
  }
}

/// A policy with a modifier.
public struct ModifiedPolicy<Base: StagePolicy, Modifier: PolicyModifier>: StagePolicy
where Modifier.Input == Base.Input, Modifier.Output == Base.Output {
  public typealias Input = Base.Input
  public typealias Output = Base.Output

  /// What the modifier was added to.
  public let base: Base
  public let modifier: Modifier

  public func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    let decision = try await base.intercept(message, in: context)
    guard case .process = decision else { return decision }
    return try await modifier.intercept(message, in: context)
  }

  public func interceptAgain(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    let decision = try await base.interceptAgain(message, in: context)
    guard case .process = decision else { return decision }
    return try await modifier.interceptAgain(message, in: context)
  }

  public func resolveInput(for message: Message, in context: StageContext) async throws -> Input {
    try await modifier.adjust(base.resolveInput(for: message, in: context), for: message, in: context)
  }

  public func onQueued(_ message: Message, in context: StageContext) async throws {
    try await base.onQueued(message, in: context)
    try await modifier.onQueued(message, in: context)
  }

  public func onRunning(_ message: Message, in context: StageContext) async throws {
    try await base.onRunning(message, in: context)
    try await modifier.onRunning(message, in: context)
  }

  public func onDone(_ message: Message, in context: StageContext) async throws {
    try await both {
      try await base.onDone(message, in: context)
    } and: {
      try await modifier.onDone(message, in: context)
    }
  }

  public func onSuccess(_ output: Output, for message: Message, in context: StageContext) async throws {
    try await base.onSuccess(output, for: message, in: context)
    try await modifier.onSuccess(output, for: message, in: context)
  }

  public func onError(_ error: AttemptError, for message: Message, in context: StageContext) async throws {
    try await both {
      try await base.onError(error, for: message, in: context)
    } and: {
      try await modifier.onError(error, for: message, in: context)
    }
  }

  public func afterCommit(_ message: Message, in context: StageContext) async {
    await base.afterCommit(message, in: context)
    await modifier.afterCommit(message, in: context)
  }

  /// What happened is told to both, whatever the first makes of it.
  private func both(_ first: () async throws -> Void, and second: () async throws -> Void) async throws {
    let result: Result<Void, any Error>
    do { result = .success(try await first()) } catch { result = .failure(error) }
    try await second()
    try result.get()
  }
}
