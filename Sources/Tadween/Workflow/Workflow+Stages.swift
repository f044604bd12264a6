internal import TadweenCore

/// Adding stages.
extension Workflow {
  /// Adds a stage whose handler is shared by all its workers.
  ///
  /// - Parameters:
  ///   - name: Unique in the workflow; what links by name, errors and pictures call it. Two equal names are reported by
  ///     ``build()``.
  ///   - handler: Called by several tasks at once where the task queue allows that, and so `Sendable`; one that is not is
  ///     added with `instances: .perWorker { … }`.
  ///   - options: Its task queue, bounds and the like.
  /// - Throws: ``TadweenError`` with the code `wrongPhase` once the workflow is built.
  @discardableResult @inlinable
  public func addStage<H: Handler & Sendable>(
    _ name: String, _ handler: H, options: StageOptions = StageOptions()
  ) throws -> StageReference<H.Input, H.Output> {
    try addStage(name, handler, policy: DefaultPolicy<H.Input, H.Output>(), options: options)
  }

  /// Adds a stage with a policy of its own.
  @discardableResult @inlinable
  public func addStage<H: Handler & Sendable, P: StagePolicy<H.Input, H.Output>>(
    _ name: String, _ handler: H, policy: P, options: StageOptions = StageOptions()
  ) throws -> StageReference<H.Input, H.Output> {
    try add(
      name, HandlerSource(isShared: true) { handler }, policy, options, "\(H.self)", Invocation(of: H.self))
  }

  /// Adds a stage whose handler is made once a worker, and need not be `Sendable`.
  @discardableResult @inlinable
  public func addStage<H: Handler>(
    _ name: String, instances: Instances<H>, options: StageOptions = StageOptions()
  ) throws -> StageReference<H.Input, H.Output> {
    try addStage(name, instances: instances, policy: DefaultPolicy<H.Input, H.Output>(), options: options)
  }

  /// Adds a stage whose handler is made once a worker, with a policy of its own.
  @discardableResult @inlinable
  public func addStage<H: Handler, P: StagePolicy<H.Input, H.Output>>(
    _ name: String, instances: Instances<H>, policy: P, options: StageOptions = StageOptions()
  ) throws -> StageReference<H.Input, H.Output> {
    try add(
      name, HandlerSource(isShared: false, make: instances.make), policy, options, "\(H.self)", Invocation(of: H.self))
  }

  /// Adds a stage whose handler is a closure.
  @discardableResult @inlinable
  public func addStage<Input: Sendable, Output: Sendable>(
    _ name: String, options: StageOptions = StageOptions(),
    _ body: @escaping @Sendable (Input) async throws -> Output
  ) throws -> StageReference<Input, Output> {
    try addStage(name, policy: DefaultPolicy<Input, Output>(), options: options, body)
  }

  /// Adds a stage whose handler is a closure, with a policy of its own.
  @discardableResult @inlinable
  public func addStage<Input: Sendable, Output: Sendable>(
    _ name: String, policy: some StagePolicy<Input, Output>, options: StageOptions = StageOptions(),
    _ body: @escaping @Sendable (Input) async throws -> Output
  ) throws -> StageReference<Input, Output> {
    try addStage(name, policy: policy, options: options) { input, _ in try await body(input) }
  }

  /// Adds a stage whose handler is a closure that asks for its context.
  @discardableResult @inlinable
  public func addStage<Input: Sendable, Output: Sendable>(
    _ name: String, options: StageOptions = StageOptions(),
    _ body: @escaping @Sendable (Input, HandlerContext) async throws -> Output
  ) throws -> StageReference<Input, Output> {
    try addStage(name, policy: DefaultPolicy<Input, Output>(), options: options, body)
  }

  /// Adds a stage whose handler is a closure that asks for its context, with a policy of its own.
  @discardableResult @inlinable
  public func addStage<Input: Sendable, Output: Sendable>(
    _ name: String, policy: some StagePolicy<Input, Output>, options: StageOptions = StageOptions(),
    _ body: @escaping @Sendable (Input, HandlerContext) async throws -> Output
  ) throws -> StageReference<Input, Output> {
    let handler = ClosureHandler(body)
    return try add(
      name, HandlerSource(isShared: true) { handler }, policy, options, "closure",
      Invocation(of: ClosureHandler<Input, Output>.self))
  }

  /// Adds a stage that was built before; its policy is wrapped in a ``WorkflowRoutingPolicy`` like any other.
  @discardableResult
  public func addStage<Input, Output>(_ stage: Stage<Input, Output>) throws -> StageReference<Input, Output> {
    try add(stage.blueprint)
  }

  /// Names the entry that submissions go to when they name none. Needed where several stages have no parents.
  ///
  /// A name that is no stage, or a stage with parents, is reported by ``build()``.
  public func setEntryPoint(_ name: String) throws {
    try setEntryPoint(StageMention(name: name))
  }

  /// Names the entry that submissions go to when they name none.
  public func setEntryPoint<Input, Output>(_ stage: StageReference<Input, Output>) throws {
    try setEntryPoint(stage.mention)
  }

  private func setEntryPoint(_ stage: StageMention) throws {
    try change("set the entry point", mentioning: [stage]) { $0.graph.entryPoint = stage.name }
  }

  @usableFromInline
  func add<H: Handler>(
    _ name: String, _ source: HandlerSource<H>, _ policy: some StagePolicy<H.Input, H.Output>, _ options: StageOptions,
    _ handlerName: String, _ invocation: Invocation
  ) throws -> StageReference<H.Input, H.Output> {
    try add(
      StageBlueprint(
        name, source, policy: policy, options: options, handlerName: handlerName, invocation: invocation))
  }

  func add<Input, Output>(_ blueprint: StageBlueprint) throws -> StageReference<Input, Output> {
    try change("add stage \"\(blueprint.name)\"") { $0.add(blueprint) }
    return StageReference(name: blueprint.name, origin: identity)
  }
}
