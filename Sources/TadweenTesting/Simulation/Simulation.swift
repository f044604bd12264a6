import Tadween

/// Runs a test of yours in a world of its own, in which nothing happens by accident.
///
/// ```swift
/// try await Simulation(seed: 7).run { world in
///   let workflow = Workflow(name: "audio", broker: world.broker())
///   …
///   try await workflow.build()
///   try await workflow.submit(recording).completion()
///   try await workflow.close()
/// }
/// ```
/// All tasks of the body, and of every workflow that is made in it, run on one thread. Which of those that could go on
/// does so next is drawn at random, and so are faults: handlers that fail, are slow or do not listen, messages that are
/// lost or come twice, commits that throw. Time is virtual: it stands still while anything can go on, and jumps then, so
/// that an hour costs nothing. The same seed gives the same course of events; another seed gives another one.
///
/// ``check(seeds:faults:_:)`` tries many seeds, and names the one that fails.
///
/// ## What it asks of your code
/// Nothing but to stay inside: what hops to the main actor, starts an unstructured task (`Task { }`), sleeps by the real clock
/// or waits for a network leaves the world, comes back when it likes, and is not repeated. Inside a simulation a workflow's
/// own clock is replaced, and the threads of its task queues are too; those of a `TaskRunner` are not.
public struct Simulation: Sendable {
  /// What the course of events is drawn from.
  public var seed: UInt64
  /// How often what goes wrong; ``Faults/harmless`` by default.
  public var faults: Faults
  /// How many steps it may take, each from one suspension of a task to its next, before it counts as endless; one million
  /// by default.
  public var steps = 1_000_000
  /// How long, in real time, it waits for what has left its world, once nothing inside can go on; 1 second by default.
  public var patience = Duration.seconds(1)

  public init(seed: UInt64, faults: Faults = .harmless) {
    self.seed = seed
    self.faults = faults
  }

  /// Runs the body to its end.
  ///
  /// - Returns: What the body returns.
  /// - Throws: What the body throws; ``Failure`` where it waits for something that cannot happen any more, or does not
  ///   come to an end.
  public func run<Result: Sendable>(
    _ body: @escaping @Sendable (SimulatedWorld) async throws -> Result
  ) async throws -> Result {
    try await run(in: SimulatedWorld(seed: seed, faults: faults), body)
  }

  func run<Result: Sendable>(
    in world: SimulatedWorld, _ body: @escaping @Sendable (SimulatedWorld) async throws -> Result
  ) async throws -> Result {
    let result = Locked<Swift.Result<Result, any Error>?>(nil)
    // Unstructured, for no task of another executor can be the parent of one whose steps are drawn.
    let task = Surroundings.$world.withValue(world) {
      Task(executorPreference: world.scheduler) {
        let outcome: Swift.Result<Result, any Error>
        do { outcome = .success(try await body(world)) } catch { outcome = .failure(error) }
        result.withLock { $0 = outcome }
        world.scheduler.bodyDidEnd()
      }
    }
    let end = try await withTaskCancellationHandler {
      try await world.scheduler.run(atMost: steps, patience: patience) { task.cancel() }
    } onCancel: {
      task.cancel()
    }
    if let problem = end { throw Failure(seed: seed, reason: problem) }
    try world.requireHarmony()
    guard let result = result.withLock({ $0 }) else { throw Failure(seed: seed, reason: "its body did not end") }
    return try result.get()
  }
}
