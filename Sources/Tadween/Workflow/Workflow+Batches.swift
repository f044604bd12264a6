public import TadweenCore

/// Adding stages whose handlers take several inputs at once; see ``BatchHandler``.
extension Workflow {
  /// Adds a stage whose batch handler is shared by all its workers.
  ///
  /// - Parameters:
  ///   - name: Unique in the workflow.
  ///   - handler: Called by several tasks at once where the task queue allows that.
  ///   - window: How many inputs it takes at once, and how long the first waits for others.
  ///   - options: Its task queue, bounds and the like; a timeout and demands are those of a batch. A stage of this kind cannot
  ///     demand units for the rest of the run.
  /// - Throws: ``TadweenError`` with the code `wrongPhase` once the workflow is built.
  @discardableResult
  public func addStage<H: BatchHandler & Sendable>(
    _ name: String, batch handler: H, _ window: BatchWindow, options: StageOptions = StageOptions()
  ) throws -> StageReference<H.Input, H.Output> {
    try addStage(name, batch: handler, window, policy: DefaultPolicy<H.Input, H.Output>(), options: options)
  }

  /// Adds a stage whose batch handler is shared by all its workers, with a policy of its own, which sees each input by itself.
  @discardableResult
  public func addStage<H: BatchHandler & Sendable>(
    _ name: String, batch handler: H, _ window: BatchWindow, policy: some StagePolicy<H.Input, H.Output>,
    options: StageOptions = StageOptions()
  ) throws -> StageReference<H.Input, H.Output> {
    try add(
      StageBlueprint(
        name, batch: HandlerSource(isShared: true) { handler }, window, policy: policy, options: options,
        handlerName: "\(H.self)"))
  }

  /// Adds a stage whose batch handler is made once a worker, and need not be `Sendable`.
  @discardableResult
  public func addStage<H: BatchHandler>(
    _ name: String, batches instances: Instances<H>, _ window: BatchWindow, options: StageOptions = StageOptions()
  ) throws -> StageReference<H.Input, H.Output> {
    try addStage(
      name, batches: instances, window, policy: DefaultPolicy<H.Input, H.Output>(), options: options)
  }

  /// Adds a stage whose batch handler is made once a worker, with a policy of its own, which sees each input by itself.
  @discardableResult
  public func addStage<H: BatchHandler>(
    _ name: String, batches instances: Instances<H>, _ window: BatchWindow,
    policy: some StagePolicy<H.Input, H.Output>, options: StageOptions = StageOptions()
  ) throws -> StageReference<H.Input, H.Output> {
    try add(
      StageBlueprint(
        name, batch: HandlerSource(isShared: false, make: instances.make), window, policy: policy, options: options,
        handlerName: "\(H.self)"))
  }
}
