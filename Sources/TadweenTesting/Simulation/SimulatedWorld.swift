public import Tadween

/// The world of one simulation: its time, its chances, and what went wrong in it.
///
/// Every workflow that is made in the body of a ``Simulation`` lives in it, whatever clock and task queues it is given.
/// Give it ``broker(over:handsOver:)``, so that messages are lost and doubled too.
public final class SimulatedWorld: Sendable {
  /// What the course of events is drawn from.
  public let seed: UInt64
  public let faults: Simulation.Faults
  /// The time of this world. It stands still while anything can go on.
  public let clock = TestClock()

  let scheduler: Scheduler
  private let state: Locked<State>

  private struct State {
    /// What workflows draw, and what the world draws against them: two sequences, so that one changes nothing in the other.
    var numbers: SeededGenerator
    var chances: SeededGenerator
    var tally: [Simulation.Fault: Int] = [:]
    var queues: [ObjectIdentifier: SimulatedThreads] = [:]
    /// Held, so that no executor's identity is used anew.
    var replaced: [any TaskExecutor] = []
    var discords: [String] = []
    /// Attempts that are being made, by the work that they do.
    var attempts: [String: Int] = [:]
    var overlaps = 0
  }

  init(seed: UInt64, faults: Simulation.Faults) {
    self.seed = seed
    self.faults = faults
    scheduler = Scheduler(clock: clock, random: SeededGenerator(seed: seed, stream: 0))
    state = Locked(
      State(numbers: SeededGenerator(seed: seed, stream: 1), chances: SeededGenerator(seed: seed, stream: 2)))
  }

  /// How often each fault has occurred.
  public var tally: [Simulation.Fault: Int] { state.withLock { $0.tally } }

  /// How many steps it has taken, each from one suspension of a task to its next.
  public var steps: Int { scheduler.steps }

  /// A random number for a test's own decisions, such as when to cancel. Drawn from the seed like everything else.
  public func random<Number: FixedWidthInteger & Sendable>(in range: ClosedRange<Number>) -> Number {
    state.withLock { Number.random(in: range, using: &$0.chances) }
  }

  /// A broker over another one, whose messages are lost and doubled and whose commits throw, as ``faults`` say.
  ///
  /// - Parameters:
  ///   - base: Keeps the runs. It has to be new, and to hand over.
  ///   - handsOver: Whether it hands messages over with the results of commits or has them received, as a broker on
  ///     another machine would. Nil, the default: drawn. What is handed over cannot be lost.
  public func broker(over base: any Broker = InMemoryBroker(), handsOver: Bool? = nil) -> SimulatedBroker {
    let store = SimulatedStore(base, in: self, handsOver: handsOver ?? (random(in: 0...1) == 1))
    return SimulatedBroker(store)
  }
}

extension SimulatedWorld {
  /// Whether a fault occurs now; it is counted then.
  func occurs(_ fault: Simulation.Fault) -> Bool {
    guard draws(fault) else { return false }
    note(fault)
    return true
  }

  /// Whether it is to occur; counted where it does.
  func draws(_ fault: Simulation.Fault) -> Bool {
    guard let chance = faults.chance[fault], chance > 0 else { return false }
    return state.withLock { Double.random(in: 0..<1, using: &$0.chances) < chance }
  }

  func note(_ fault: Simulation.Fault) { state.withLock { $0.tally[fault, default: 0] += 1 } }

  /// How often two attempts at one piece of work were made at the same time: never, unless the work was delivered anew.
  var overlaps: Int { state.withLock { $0.overlaps } }

  func flip() -> Bool { state.withLock { Bool.random(using: &$0.chances) } }

  /// A duration between nought and a limit, in milliseconds.
  func duration(upTo limit: Duration) -> Duration {
    limit * state.withLock { Double(Int.random(in: 1...1_000, using: &$0.chances)) / 1_000 }
  }

  /// Notes what no broker and no engine may do, whatever goes wrong.
  func complain(_ discord: String) { state.withLock { $0.discords.append(discord) } }

  func requireHarmony() throws {
    let discords = state.withLock { $0.discords }
    if !discords.isEmpty { throw Simulation.Failure(seed: seed, reason: discords.joined(separator: "; ")) }
  }
}

extension SimulatedWorld: World {
  package var executor: any TaskExecutor { scheduler }
  package var time: any Clock<Duration> { clock }
  package func random() -> UInt64 { state.withLock { $0.numbers.next() } }

  package func queue(for queue: any TaskQueue) -> any TaskQueue {
    guard let executor = queue.executor(ofWorker: 0) else { return queue }
    return state.withLock { state in
      if let known = state.queues[ObjectIdentifier(executor)] { return known }
      let threads = SimulatedThreads(queue.workers, on: scheduler)
      state.queues[ObjectIdentifier(executor)] = threads
      state.replaced.append(executor)
      return threads
    }
  }

  package func attempt<Output>(
    _ context: HandlerContext, _ body: () async throws -> Output
  ) async throws -> Output {
    let work = context.idempotencyKey
    state.withLock { state in
      state.attempts[work, default: 0] += 1
      if state.attempts[work] != 1 { state.overlaps += 1 }
    }
    defer { state.withLock { $0.attempts[work]? -= 1 } }
    if faults.spared.contains(context.stage) { return try await body() }
    if occurs(.handlerDelayed) { try await clock.sleep(for: duration(upTo: faults.longestDelay)) }
    if occurs(.handlerStuck) {
      // A task of its own hears nothing of its caller's cancellation.
      let sleep = Task(executorPreference: scheduler) { [clock, faults] in
        try await clock.sleep(for: self.duration(upTo: faults.longestStuck))
      }
      _ = await sleep.result
    }
    guard occurs(.handlerFailed) else { return try await body() }
    if flip() { _ = try await body() }
    throw InjectedFailure(stage: context.stage, attempt: context.attempt)
  }
}

/// What a handler throws when the simulation says so.
public struct InjectedFailure: Error, CustomStringConvertible {
  public let stage: String
  public let attempt: Int

  public var description: String { "the simulation had attempt \(attempt) of \"\(stage)\" fail" }
}
