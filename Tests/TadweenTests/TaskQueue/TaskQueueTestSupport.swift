import Tadween

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A gate that tasks wait at until a test opens it; it also tells the test how many have come.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var arrived = 0
    var isCancelled = false
    var waiting = WaitList<Void>()
    var expected: [(count: Int, CheckedContinuation<Void, Never>)] = []
  }
  private let state = Locked(State())

  /// Waits until the gate opens; throws if the task is cancelled first.
  func pass() async throws {
    arrive()
    do {
      try await state.wait(in: \.waiting) { $0.isOpen ? .success(()) : nil }
    } catch {
      state.withLock { $0.isCancelled = true }
      throw error
    }
  }

  /// Whether somebody who waited here was cancelled.
  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// How many have come.
  var arrived: Int { state.withLock { $0.arrived } }

  /// Counts an arrival without waiting.
  func arrive() {
    let told = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.arrived += 1
      defer { state.expected.removeAll { $0.count <= state.arrived } }
      return state.expected.filter { $0.count <= state.arrived }.map(\.1)
    }
    for one in told { one.resume() }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      return state.waiting.takeAll()
    }
    for one in waiting { one.resume() }
  }

  /// Waits until `count` have come.
  func arrivals(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.arrived < count { state.expected.append((count, continuation)) }
        return state.arrived >= count
      }
      if isThere { continuation.resume() }
    }
  }
}

/// A gate that blocks threads.
final class Barrier: Sendable {
  private let isOpen = Monitor(false)

  func block() { isOpen.wait { $0 ? () : nil } }

  func open() {
    isOpen.withLock { $0 = true }
    isOpen.wakeAll()
  }
}

/// Time that passes when a test says so.
final class HandClock: Clock {
  struct Instant: InstantProtocol {
    var offset: Duration
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }
  private struct State {
    var now = Instant(offset: .zero)
    var sleeping = WaitList<Void>()
  }
  private let state = Locked(State())
  /// Everyone who goes to sleep passes here.
  let bedside = Gate()

  var now: Instant { state.withLock { $0.now } }
  var minimumResolution: Duration { .nanoseconds(1) }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    bedside.arrive()
    while now < deadline {
      try await state.wait(in: \.sleeping) { $0.now < deadline ? nil : .success(()) }
    }
  }

  func advance(by duration: Duration) {
    let woken = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      return state.sleeping.takeAll()
    }
    for one in woken { one.resume() }
  }
}

/// How many are inside, and how many were at most.
final class Crowd: Sendable {
  private let state = Locked((now: 0, peak: 0))
  var peak: Int { state.withLock { $0.peak } }

  func enter() {
    state.withLock {
      $0.now += 1
      $0.peak = max($0.peak, $0.now)
    }
  }
  func leave() { state.withLock { $0.now -= 1 } }
}

/// Waits until a thread of its own has let something go, which it does without a signal.
func eventually(_ condition: () -> Bool) async {
  while !condition() { await Task.yield() }
}

/// What tells the calling thread from the others that are alive.
func currentThread() -> String {
  #if canImport(Darwin)
    "\(unsafe pthread_self())"
  #else
    "\(pthread_self())"
  #endif
}

/// The thread that runs a worker's jobs.
func thread(ofWorker index: Int, of queue: any TaskQueue) async -> String {
  await withTaskExecutorPreference(queue.executor(ofWorker: index)) { currentThread() }
}
