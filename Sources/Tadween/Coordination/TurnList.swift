/// Those who wait for their turn, under numbers by which the rules know them. Part of a state behind a ``Locked``.
struct TurnList: Sendable {
  typealias Number = UInt64

  private var waiting: [Number: CheckedContinuation<Bool, Never>] = [:]
  private var last: Number = 0

  var count: Int { waiting.count }

  /// Takes out those whose turn has come, to be resumed after unlocking.
  mutating func take(_ numbers: [Number]) -> [CheckedContinuation<Bool, Never>] {
    numbers.compactMap { waiting.removeValue(forKey: $0) }
  }

  /// Takes out everyone, in the order in which they came.
  mutating func takeAll() -> [CheckedContinuation<Bool, Never>] { take(waiting.keys.sorted()) }

  fileprivate mutating func next() -> Number {
    last += 1
    return last
  }

  fileprivate mutating func add(_ waiter: CheckedContinuation<Bool, Never>, _ number: Number) {
    waiting[number] = waiter
  }
}

extension Locked {
  /// Suspends until it is the caller's turn; false where the caller was cancelled first.
  ///
  /// - Parameters:
  ///   - list: Where it waits.
  ///   - mayGoOn: Asked once, under the lock, whether it need not wait.
  ///   - forget: Told under the lock that nobody waits under that number any more.
  func waitForTurn(
    in list: any WritableKeyPath<Value, TurnList> & Sendable,
    unless mayGoOn: (inout Value, TurnList.Number) -> Bool,
    forget: @escaping @Sendable (inout Value, TurnList.Number) -> Void
  ) async -> Bool {
    let number = withLock { $0[keyPath: list].next() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // Registered only if it must wait, and was not cancelled meanwhile.
        let goesOn = withLock { value -> Bool? in
          if Task.isCancelled { return false }
          if mayGoOn(&value, number) { return true }
          value[keyPath: list].add(continuation, number)
          return nil
        }
        if let goesOn { continuation.resume(returning: goesOn) }
      }
    } onCancel: {
      let waiter = withLock { value in
        forget(&value, number)
        return value[keyPath: list].take([number])
      }
      for waiter in waiter { waiter.resume(returning: false) }
    }
  }
}
