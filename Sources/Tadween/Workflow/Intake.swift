internal import Synchronization

/// Counts what is unfinished, such as runs, and refuses more once the workflow is closing.
final class Intake: Sendable {
  private let unfinished = Atomic<Int>(0)
  private let isShut = Atomic<Bool>(false)
  /// nil once nobody need wait.
  private let idlers = Locked<[Idler]?>([])

  /// Someone who waits for the last run to be complete.
  private final class Idler: Sendable {
    /// Opens with whether no run is unfinished.
    let latch = Latch<Bool>()
  }

  var count: Int { unfinished.load(ordering: .sequentiallyConsistent) }

  /// Counts runs in; false where the workflow is closing.
  @discardableResult
  func admit(_ runs: Int) -> Bool {
    // First counted, then asked: a close that begins in between sees the runs and waits for them.
    unfinished.add(runs, ordering: .sequentiallyConsistent)
    if isShut.load(ordering: .sequentiallyConsistent) {
      dismiss(runs)
      return false
    }
    return true
  }

  func dismiss(_ runs: Int) {
    guard unfinished.subtract(runs, ordering: .sequentiallyConsistent).newValue == 0 else { return }
    let due = idlers.withLock { idlers in
      defer { if idlers != nil { idlers = [] } }
      return idlers ?? []
    }
    for idler in due { idler.latch.open(true) }
  }

  func shut() { isShut.store(true, ordering: .sequentiallyConsistent) }

  /// No more runs will be complete: whoever waits for the last one need not.
  func end() {
    let due = idlers.withLock { idlers in
      defer { idlers = nil }
      return idlers ?? []
    }
    for idler in due { idler.latch.open(count == 0) }
  }

  /// Suspends until no run is unfinished, for a moment at least: others may submit meanwhile. False where the ones that
  /// are will never be complete.
  func waitUntilIdle() async throws -> Bool {
    let idler = Idler()
    let isOver = idlers.withLock { idlers in
      idlers?.append(idler)
      return idlers == nil
    }
    // Asked once: the next run may be counted before a second look.
    let isIdle = count == 0
    if isOver || isIdle { idler.latch.open(isIdle) }
    defer { idlers.withLock { $0?.removeAll { $0 === idler } } }
    return try await idler.latch.wait()
  }
}
