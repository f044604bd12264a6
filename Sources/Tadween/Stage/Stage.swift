internal import TadweenCore

/// A handler with its policy and its task queue: usable alone, or as part of a workflow.
///
/// ```swift
/// let transcribe = Stage("transcribe", WhisperHandler(), options: .init(taskQueue: .threads(2)))
/// let transcript = try await transcribe.run(audio)          // alone
/// try await transcribe.close()
///
/// try workflow.addStage(transcribe)                          // or in a workflow
/// ```
/// Alone, it is a workflow of one stage: the same policy, task queue, timeout and errors apply. It can be used in both
/// ways at once. Each use warms up handlers of its own, and ends with its own close; the task queue they share.
public final class Stage<Input: Sendable, Output: Sendable>: Sendable {
  public let name: String
  let blueprint: StageBlueprint
  private let alone: Workflow
  private let reference: StageReference<Input, Output>

  /// A stage whose handler is shared by all its workers.
  ///
  /// - Parameters:
  ///   - name: What errors, logs and pictures call it; unique in the workflow that it is added to.
  ///   - handler: Called by several tasks at once where the task queue allows that.
  ///   - options: Its task queue, bounds and the like.
  public convenience init<H: Handler & Sendable>(
    _ name: String, _ handler: H, options: StageOptions = StageOptions()
  ) where H.Input == Input, H.Output == Output {
    self.init(name, handler, policy: DefaultPolicy(), options: options)
  }

  /// A stage whose handler is shared by all its workers, with a policy of its own.
  public init<H: Handler & Sendable>(
    _ name: String, _ handler: H, policy: some StagePolicy<Input, Output>, options: StageOptions = StageOptions()
  ) where H.Input == Input, H.Output == Output {
    self.name = name
    blueprint = StageBlueprint(
      name, HandlerSource(isShared: true) { handler }, policy: policy, options: options, handlerName: "\(H.self)")
    (alone, reference) = Self.workflow(of: blueprint)
  }

  /// A stage whose handler is made once a worker, and need not be `Sendable`.
  public convenience init<H: Handler>(
    _ name: String, instances: Instances<H>, options: StageOptions = StageOptions()
  ) where H.Input == Input, H.Output == Output {
    self.init(name, instances: instances, policy: DefaultPolicy(), options: options)
  }

  /// A stage whose handler is made once a worker, with a policy of its own.
  public init<H: Handler>(
    _ name: String, instances: Instances<H>, policy: some StagePolicy<Input, Output>,
    options: StageOptions = StageOptions()
  ) where H.Input == Input, H.Output == Output {
    self.name = name
    blueprint = StageBlueprint(
      name, HandlerSource(isShared: false, make: instances.make), policy: policy, options: options,
      handlerName: "\(H.self)")
    (alone, reference) = Self.workflow(of: blueprint)
  }

  /// A stage whose handler is a closure.
  public convenience init(
    _ name: String, options: StageOptions = StageOptions(), _ body: @escaping @Sendable (Input) async throws -> Output
  ) {
    self.init(name, ClosureHandler(body), options: options)
  }

  /// A stage whose handler is a closure that asks for its context.
  public convenience init(
    _ name: String, options: StageOptions = StageOptions(),
    _ body: @escaping @Sendable (Input, HandlerContext) async throws -> Output
  ) {
    self.init(name, ClosureHandler(body), options: options)
  }

  private static func workflow(of blueprint: StageBlueprint) -> (Workflow, StageReference<Input, Output>) {
    let workflow = Workflow(name: blueprint.name, broker: .inMemory, draft: blueprint)
    return (workflow, StageReference(name: blueprint.name, origin: workflow.identity))
  }

  /// Runs the stage alone: warms it up at the first call, then policy and handler as in a workflow.
  ///
  /// - Throws: What failed, as ``Run/completion()`` does; `CancellationError` when the caller's task is cancelled, which
  ///   cancels the work too.
  public func run(_ input: Input) async throws -> Output {
    try await alone.build()
    let run = try await alone.submit(Payload(input))
    do {
      return try await run.output(of: reference)
    } catch is CancellationError {
      try? await run.cancel()
      throw CancellationError()
    }
  }

  /// Lets what runs alone finish, and shuts the handler down; see ``Workflow/close(timeout:)``.
  ///
  /// Afterwards it runs in workflows only; those that it is part of notice nothing.
  public func close(timeout: Duration = .seconds(30)) async throws {
    try await alone.close(timeout: timeout)
  }
}
