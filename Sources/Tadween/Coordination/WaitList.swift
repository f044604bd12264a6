/// Those who wait for one thing, each able to give up. Part of a state behind a ``Locked``.
package struct WaitList<Answer: Sendable> {
  package typealias Waiter = CheckedContinuation<Answer, any Error>

  private var waiters: [UInt64: Waiter] = [:]
  private var lastKey: UInt64 = 0

  package init() {}

  package var isEmpty: Bool { waiters.isEmpty }

  /// Takes all waiters out, in the order in which they came, to be resumed after unlocking.
  package mutating func takeAll() -> [Waiter] {
    defer { waiters.removeAll() }
    return waiters.sorted { $0.key < $1.key }.map(\.value)
  }

  fileprivate mutating func makeKey() -> UInt64 {
    lastKey += 1
    return lastKey
  }
  fileprivate mutating func add(_ waiter: Waiter, _ key: UInt64) { waiters[key] = waiter }
  fileprivate mutating func remove(_ key: UInt64) -> Waiter? { waiters.removeValue(forKey: key) }
}

extension Locked {
  /// Waits in `list` until it is resumed, or returns at once where `ready` has an answer already.
  ///
  /// `ready` is asked under the lock, once. Throws `CancellationError` if the calling task is cancelled first, and
  /// whatever error the waiter is resumed with.
  package func wait<Answer: Sendable>(
    in list: any WritableKeyPath<Value, WaitList<Answer>> & Sendable,
    unless ready: (inout Value) -> Result<Answer, any Error>?
  ) async throws -> Answer {
    let key = withLock { $0[keyPath: list].makeKey() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        let answer = withLock { value -> Result<Answer, any Error>? in
          if let answer = ready(&value) { return answer }
          // The handler below may have come too early to find the waiter; the flag was set before it ran.
          if Task.isCancelled { return .failure(CancellationError()) }
          value[keyPath: list].add(waiter, key)
          return nil
        }
        if let answer { waiter.resume(with: answer) }
      }
    } onCancel: {
      withLock { $0[keyPath: list].remove(key) }?.resume(throwing: CancellationError())
    }
  }
}
