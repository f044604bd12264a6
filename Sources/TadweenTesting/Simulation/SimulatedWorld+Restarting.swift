public import Tadween

extension SimulatedWorld {
  /// Runs a program that dies at moments that are drawn, and is started again on the runs that it left, as often as it
  /// takes.
  ///
  /// ```swift
  /// let text = try await world.restarting { broker in
  ///   let workflow = Workflow(name: "audio", broker: broker)
  ///   …
  ///   let run = try await workflow.submit(recording, id: "take 1")     // finds the run again after a restart
  ///   let text = try await run.output(of: transcribe)
  ///   try await workflow.close()
  ///   return text
  /// }
  /// ```
  /// When it dies, its workflow stops at once, nothing that it still does reaches the broker, and its task is cancelled.
  /// The next one begins when that task has returned.
  ///
  /// - Parameters:
  ///   - crashes: How often it dies at most; each time with the chance of ``Simulation/Fault/crashed``. By default as often as
  ///     any work survives: what runs when a process dies for the third time ends failed.
  ///   - program: Makes its workflow with the broker that it is given, and submits with ids of its own.
  public func restarting<Result: Sendable>(
    crashes: Int = RunLedger.crashesSurvived, over base: any Broker = InMemoryBroker(),
    _ program: @escaping @Sendable (SimulatedBroker) async throws -> Result
  ) async throws -> Result {
    var broker = broker(over: base)
    for _ in 0..<crashes {
      guard draws(.crashed) else { break }
      // A task of its own, for its death must not be its caller's.
      let life = Task(executorPreference: scheduler) { [broker] in try await program(broker) }
      broker.crash(afterCommits: random(in: 1...12)) { life.cancel() }
      let result = await withTaskCancellationHandler {
        await life.result
      } onCancel: {
        life.cancel()
      }
      guard broker.isDead else { return try result.get() }
      try Task.checkCancellation()
      broker = broker.restarted()
    }
    return try await program(broker)
  }
}
