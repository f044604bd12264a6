extension Cache {
  /// What happens under the lock.
  @inlinable func change<Result: Sendable>(_ body: (inout CacheTable<Bucket>) -> Result) -> Result {
    let instant = elapsed?()
    // What has gone is let go of after unlocking.
    let (result, _) = table.withLock { table in
      if let instant { table.core.advance(to: instant) }
      return (body(&table), table.takeGone())
    }
    return result
  }

  /// What is done with the bucket of a key, or without one, under the lock, once nobody has it to himself.
  @inlinable func reach<Result: Sendable>(
    _ key: Key, _ body: (inout CacheTable<Bucket>, Entry?) -> Result
  ) -> Result {
    var hasWaited = false
    while true {
      let reached: Reached<Result> = change { table in
        if hasWaited { table.core.stopWaiting() }
        var entry = table.entry(key)
        if let held = entry, let hold = held.hold {
          switch table.core.meet(held, hold) {
          case .wait: return .held(hold)
          case .own: return .heldByCaller
          case .lost: entry = nil
          }
        }
        return .done(body(&table, entry))
      }
      switch reached {
      case .done(let result): return result
      case .held(let hold): hold.wait()
      case .heldByCaller: stop(at: key)
      }
      hasWaited = true
    }
  }

  @usableFromInline func stop(at key: Key) -> Never {
    fatalError(
      "A closure that changes the bucket \"\(key)\" of a \(Self.self) asked the cache for the same bucket: "
        + "use the bucket that the closure was given.")
  }
}

/// What came of an attempt to have a bucket.
@usableFromInline enum Reached<Result: Sendable>: Sendable {
  case done(Result)
  /// Somebody else changes it: to be looked for again afterwards.
  case held(CacheHold)
  /// The calling thread changes it itself.
  case heldByCaller
}
