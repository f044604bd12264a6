/// Opens once, with a value, for everyone who waits and whoever comes later.
struct Latch<Value: Sendable>: ~Copyable, Sendable {
  private enum State: Sendable {
    case shut([UInt64: CheckedContinuation<Value?, Never>], next: UInt64)
    case open(Value)
  }

  private let state = Locked(State.shut([:], next: 0))

  /// The value, where it is open.
  var value: Value? { state.withLock { if case .open(let value) = $0 { value } else { nil } } }

  /// Opens it; false where it is open already, and keeps its first value.
  @discardableResult
  func open(_ value: Value) -> Bool {
    let waiting = state.withLock { state -> [UInt64: CheckedContinuation<Value?, Never>]? in
      guard case .shut(let waiting, _) = state else { return nil }
      state = .open(value)
      return waiting
    }
    guard let waiting else { return false }
    for continuation in waiting.values { continuation.resume(returning: value) }
    return true
  }

  /// Suspends until it is open.
  ///
  /// - Throws: `CancellationError` when the caller's task is cancelled first.
  func wait() async throws -> Value {
    if let value { return value }
    let id = state.withLock { state -> UInt64 in
      guard case .shut(let waiting, let next) = state else { return 0 }
      state = .shut(waiting, next: next + 1)
      return next
    }
    let value: Value? = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // Settled already, opened meanwhile, or cancelled before it was registered.
        let (isDue, value) = state.withLock { state -> (Bool, Value?) in
          switch state {
          case .open(let value): return (true, value)
          case .shut(var waiting, let next):
            if Task.isCancelled { return (true, nil) }
            waiting[id] = continuation
            state = .shut(waiting, next: next)
            return (false, nil)
          }
        }
        if isDue { continuation.resume(returning: value) }
      }
    } onCancel: {
      let continuation = state.withLock { state -> CheckedContinuation<Value?, Never>? in
        guard case .shut(var waiting, let next) = state else { return nil }
        let continuation = waiting.removeValue(forKey: id)
        state = .shut(waiting, next: next)
        return continuation
      }
      continuation?.resume(returning: nil)
    }
    guard let value else { throw CancellationError() }
    return value
  }
}
