package import TadweenCore

/// What a simulation puts in the place of what an engine otherwise takes from its process: threads, time, random numbers.
///
/// A workflow made while ``Surroundings/world`` is set lives in that world, whatever clock and task queues it is given.
package protocol World: Sendable {
  /// What all tasks of an engine prefer.
  var executor: any TaskExecutor { get }
  /// The time that passes in it.
  var time: any Clock<Duration> { get }
  /// What stands in for a task queue; the same for the same executors.
  func queue(for queue: any TaskQueue) -> any TaskQueue
  func random() -> UInt64
  /// Makes one attempt: calls the body, or does not, before or after what else it does.
  func attempt<Output>(
    _ context: HandlerContext, _ body: () async throws -> Output
  ) async throws -> Output
}

package enum Surroundings {
  /// nil: the process.
  @TaskLocal package static var world: (any World)?
}

/// A broker's way to end the engine that it serves, as the death of its process would.
package protocol Mortal: RunObserver {
  func die()
}

extension Engine: Mortal {
  func die() { stop(TadweenError(.brokerClosed, "The process of workflow \"\(name)\" crashed, in its simulation.")) }
}

/// Random numbers of a world.
struct WorldRandom: RandomNumberGenerator {
  let world: (any World)?

  func next() -> UInt64 {
    if let world { return world.random() }
    var system = SystemRandomNumberGenerator()
    return system.next()
  }
}

/// A handler each of whose attempts its world makes.
struct WorldHandler<Base: Handler>: Handler {
  typealias Input = Base.Input
  typealias Output = Base.Output

  var base: Base
  let world: any World

  mutating func warmUp() async throws { try await base.warmUp() }
  mutating func shutDown() async { await base.shutDown() }

  func run(_ input: Input, context: HandlerContext) async throws -> Output {
    try await world.attempt(context) { try await base.run(input, context: context) }
  }
}

extension HandlerSource where H: Handler {
  func living(in world: any World) -> HandlerSource<WorldHandler<H>> {
    HandlerSource<WorldHandler<H>>(isShared: isShared) { [make] in WorldHandler(base: try make(), world: world) }
  }
}

/// A batch handler each of whose attempts its world makes, in the name of its first input.
struct WorldBatchHandler<Base: BatchHandler>: BatchHandler {
  typealias Input = Base.Input
  typealias Output = Base.Output

  var base: Base
  let world: any World

  mutating func warmUp() async throws { try await base.warmUp() }
  mutating func shutDown() async { await base.shutDown() }

  func run(_ inputs: [Input], context: BatchContext) async throws -> [Result<Output, any Error>] {
    try await world.attempt(context.items[0]) { try await base.run(inputs, context: context) }
  }
}

extension HandlerSource where H: BatchHandler {
  func living(in world: any World) -> HandlerSource<WorldBatchHandler<H>> {
    HandlerSource<WorldBatchHandler<H>>(isShared: isShared) { [make] in
      WorldBatchHandler(base: try make(), world: world)
    }
  }
}

extension Engine {
  /// How long a batch took, in the eyes of its worker: a simulation draws it, for no real time means anything there.
  func pace(since start: ContinuousClock.Instant) -> Duration {
    guard let world else { return start.duration(to: .now) }
    return world.random() % 4 == 0 ? .milliseconds(1) : .zero
  }
}
