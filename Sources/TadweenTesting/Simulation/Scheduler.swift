import Tadween

/// Runs all jobs of a world on one thread, and draws the next one.
///
/// Once its world has ended, what comes late goes to the global executor, for a task whose job is lost never ends.
final class Scheduler: TaskExecutor {
  private struct Ready {
    let job: UnownedJob
    /// The executor that it came to: this one, or one that stands for a thread of a task queue.
    let executor: any TaskExecutor
  }

  private struct State {
    var random: SeededGenerator
    var ready: [Ready] = []
    var steps = 0
    var limit = Int.max
    /// Tells courses of events apart: every draw goes into it.
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    var bodyHasEnded = false
    var hasEnded = false
    /// The number of the last time when nothing could go on, and whether what is outside had its time.
    var stall = 0
    var isGivenUp = false
  }

  private enum Step {
    case run(Ready)
    case idle(bodyHasEnded: Bool)
    case endless(bodyHasEnded: Bool)
  }

  private static let grace = 10_000

  private let clock: TestClock
  private let state: Monitor<State>

  init(clock: TestClock, random: SeededGenerator) {
    self.clock = clock
    state = Monitor(State(random: random))
  }

  var steps: Int { state.withLock { $0.steps } }
  var digest: UInt64 { state.withLock { $0.digest } }

  func enqueue(_ job: consuming ExecutorJob) { enqueue(UnownedJob(job), from: self) }

  func enqueue(_ job: UnownedJob, from executor: any TaskExecutor) {
    let isTaken = state.withLock { state in
      if !state.hasEnded { state.ready.append(Ready(job: job, executor: executor)) }
      return !state.hasEnded
    }
    if isTaken { state.wakeOne() } else { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
  }

  /// What the body leaves behind may take a few steps more.
  func bodyDidEnd() {
    state.withLock { state in
      state.bodyHasEnded = true
      state.limit = min(state.limit, state.steps + Self.grace)
    }
  }

  /// Runs jobs until the body has ended and nothing is left to do. To be called once.
  ///
  /// - Returns: Why it ended before that; nil: it did not.
  func run(atMost steps: Int, patience: Duration, cancel: @escaping @Sendable () -> Void) async throws -> String? {
    state.withLock { $0.limit = steps }
    return try await withCheckedThrowingContinuation { continuation in
      do {
        let thread = try DedicatedThread.start {
          continuation.resume(returning: self.work(patience, cancel))
        }
        thread.detach()
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  private func work(_ patience: Duration, _ cancel: () -> Void) -> String? {
    var problem: String?
    loop: while true {
      switch next() {
      case .run(let ready):
        // The executor outlives its jobs: what enqueues one holds it.
        unsafe ready.job.runSynchronously(on: ready.executor.asUnownedTaskExecutor())
      case .endless(let bodyHasEnded):
        if problem != nil || bodyHasEnded { break loop }
        problem = "it does not come to an end: \(steps) steps and \(clock.now.offset) were not enough"
        wind(down: cancel)
      case .idle(let bodyHasEnded):
        if let deadline = clock.nextDeadline {
          clock.advance(to: deadline)
          continue
        }
        if bodyHasEnded { break loop }
        if waitForOutside(patience) { continue }
        if problem != nil { break loop }
        problem = "nothing can go on any more after \(clock.now.offset), and the body still waits"
        wind(down: cancel)
      }
    }
    end()
    return problem
  }

  /// Tells the body to stop, which may take it a few steps more.
  private func wind(down cancel: () -> Void) {
    state.withLock { $0.limit = $0.steps + Self.grace }
    cancel()
  }

  private func next() -> Step {
    state.withLock { state in
      if state.ready.isEmpty { return .idle(bodyHasEnded: state.bodyHasEnded) }
      if state.steps >= state.limit { return .endless(bodyHasEnded: state.bodyHasEnded) }
      let choice = Int.random(in: 0..<state.ready.count, using: &state.random)
      state.steps += 1
      for part in [state.ready.count, choice] { state.digest = (state.digest ^ UInt64(part)) &* 0x0000_0100_0000_01b3 }
      return .run(state.ready.remove(at: choice))
    }
  }

  /// Nothing inside can go on: waits, in real time, for what has left. False where nothing comes.
  private func waitForOutside(_ patience: Duration) -> Bool {
    let stall = state.withLock { state in
      state.stall += 1
      state.isGivenUp = false
      return state.stall
    }
    // Detached, for this is a thread and no task; it wakes the thread, which cannot sleep for so long by itself.
    let watch = Task.detached { [self] in
      guard (try? await Task.sleep(for: patience)) != nil else { return }
      state.withLock { if $0.stall == stall { $0.isGivenUp = true } }
      state.wakeAll()
    }
    defer { watch.cancel() }
    return state.wait { state in
      if !state.ready.isEmpty { return true }
      return state.isGivenUp ? false : nil
    }
  }

  private func end() {
    let rest = state.withLock { state in
      state.hasEnded = true
      defer { state.ready = [] }
      return state.ready
    }
    for late in rest { globalConcurrentExecutor.enqueue(ExecutorJob(late.job)) }
  }
}
