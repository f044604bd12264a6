/// Opens once, with a value, for everyone who waits and whoever comes later.
package struct Latch<Value: Sendable>: Sendable {
  private struct Shut: Sendable {
    var waiting: [UInt64: CheckedContinuation<Value?, Never>] = [:]
    var next: UInt64 = 0
  }

  private enum State: Sendable {
    case shut(Shut)
    case open(Value)
  }

  private let state = Locked(State.shut(Shut()))

  package init() {}

  /// The value, where it is open.
  var value: Value? { state.withLock { if case .open(let value) = $0 { value } else { nil } } }

  /// Opens it; false where it is open already, and keeps its first value.
  @discardableResult
  package func open(_ value: Value) -> Bool {
    let waiting = state.withLock { state -> [UInt64: CheckedContinuation<Value?, Never>]? in
      guard case .shut(let shut) = state else { return nil }
      state = .open(value)
      return shut.waiting
    }
    guard let waiting else { return false }
    // In the order in which they came, so that a simulation repeats itself.
    for (_, continuation) in waiting.sorted(by: { $0.key < $1.key }) { continuation.resume(returning: value) }
    return true
  }

  /// Suspends until it is open.
  ///
  /// - Throws: `CancellationError` when the caller's task is cancelled first.
  package func wait() async throws -> Value {
    if let value { return value }
    let id = state.withLock { state -> UInt64 in
      guard case .shut(var shut) = state else { return 0 }
      shut.next += 1
      state = .shut(shut)
      return shut.next
    }
    let value: Value? = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // Settled already, opened meanwhile, or cancelled before it was registered.
        let (isDue, value) = state.withLock { state -> (Bool, Value?) in
          switch state {
          case .open(let value): return (true, value)
          case .shut(var shut):
            if Task.isCancelled { return (true, nil) }
            shut.waiting[id] = continuation
            state = .shut(shut)
            return (false, nil)
          }
        }
        if isDue { continuation.resume(returning: value) }
      }
    } onCancel: {
      let continuation = state.withLock { state -> CheckedContinuation<Value?, Never>? in
        guard case .shut(var shut) = state else { return nil }
        let continuation = shut.waiting.removeValue(forKey: id)
        state = .shut(shut)
        return continuation
      }
      continuation?.resume(returning: nil)
    }
    guard let value else { throw CancellationError() }
    return value
  }
}
