import Tadween

/// Time that stands still until a test moves it, so that timeouts are tested without waiting for them.
///
/// ```swift
/// let clock = TestClock()
/// let workflow = Workflow(name: "test", clock: clock)
/// …
/// try await clock.waitForSleepers(1)      // the attempt's deadline is set
/// clock.advance(by: .seconds(90))         // and has come
/// ```
/// Whoever sleeps is woken by ``advance(by:)`` or ``run()`` and by nothing else. Being woken takes a moment, as with any
/// task: wait for what the woken task does, not for the clock.
public final class TestClock: Clock, Sendable {
  public struct Instant: InstantProtocol, Sendable {
    /// The time since the clock was made.
    public let offset: Duration

    public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    public func duration(to other: Instant) -> Duration { other.offset - offset }
    public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct Sleeper {
    let deadline: Instant
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now = Instant(offset: .zero)
    var lastKey: UInt64 = 0
    var sleepers: [UInt64: Sleeper] = [:]
    var observers = WaitList<Void>()
    /// The smallest number of sleepers that an observer waits for.
    var awaited = Int.max
  }

  private let state = Locked(State())

  public init() {}

  public var now: Instant { state.withLock { $0.now } }
  public var minimumResolution: Duration { .nanoseconds(1) }

  /// How many are asleep.
  public var sleepers: Int { state.withLock { $0.sleepers.count } }

  /// When the next one wakes; nil while nobody sleeps.
  public var nextDeadline: Instant? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

  /// Suspends until the clock has been moved to the deadline; at once where that has passed.
  ///
  /// - Throws: `CancellationError` when the caller's task is cancelled first.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    try Task.checkCancellation()
    let key = state.withLock { state in
      state.lastKey += 1
      return state.lastKey
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (answer, told) = state.withLock { state -> (Result<Void, any Error>?, [WaitList<Void>.Waiter]) in
          if deadline <= state.now { return (.success(()), []) }
          // The handler below may have come too early to find the sleeper; the flag was set before it ran.
          if Task.isCancelled { return (.failure(CancellationError()), []) }
          state.sleepers[key] = Sleeper(deadline: deadline, continuation: continuation)
          guard state.sleepers.count >= state.awaited else { return (nil, []) }
          state.awaited = .max
          return (nil, state.observers.takeAll())
        }
        if let answer { continuation.resume(with: answer) }
        for observer in told { observer.resume() }
      }
    } onCancel: {
      let sleeper = state.withLock { $0.sleepers.removeValue(forKey: key) }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Moves the time on, and wakes whoever is due, in the order of their deadlines.
  public func advance(by duration: Duration) {
    wake { state in state.now.advanced(by: duration) }
  }

  /// Moves the time on to a moment; never back.
  package func advance(to instant: Instant) { wake { max($0.now, instant) } }

  /// Moves the time on until everyone who sleeps now is awake. Who goes to sleep again is left for the next call.
  public func run() {
    wake { state in max(state.now, state.sleepers.values.map(\.deadline).max() ?? state.now) }
  }

  private func wake(_ target: (State) -> Instant) {
    let due = state.withLock { state in
      state.now = target(state)
      let due = state.sleepers.filter { $0.value.deadline <= state.now }
      for key in due.keys { state.sleepers[key] = nil }
      return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.value)
    }
    for sleeper in due { sleeper.continuation.resume() }
  }

  /// Suspends until at least so many are asleep.
  ///
  /// - Throws: `CancellationError` when the caller's task is cancelled first.
  public func waitForSleepers(_ count: Int = 1) async throws {
    while sleepers < count {
      try await state.wait(in: \.observers) { state in
        if state.sleepers.count >= count { return .success(()) }
        state.awaited = min(state.awaited, count)
        return nil
      }
    }
  }
}
