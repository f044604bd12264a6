internal import Synchronization
internal import TadweenCore

/// Why what is under way was not spared, for those who ask.
final class MemoMisses: Sendable {
  private let byRun = Locked<[RunID: [Activation: MemoMiss]]>([:])

  /// Whether there was any: asked at every completion, without the lock.
  private let isUsed = Atomic<Bool>(false)

  func note(_ miss: MemoMiss, of delivery: Delivery) {
    isUsed.store(true, ordering: .relaxed)
    byRun.withLock { $0[delivery.run, default: [:]][delivery.key.activation] = miss }
  }

  func miss(of run: RunID, _ activation: Activation) -> MemoMiss? { byRun.withLock { $0[run]?[activation] } }

  /// The activation has ended, or begins anew.
  func forget(_ delivery: Delivery) {
    byRun.withLock { misses in
      misses[delivery.run]?[delivery.key.activation] = nil
      if misses[delivery.run]?.isEmpty ?? false { misses[delivery.run] = nil }
    }
  }

  /// What was cancelled before its turn came is told of by nobody.
  func forget(_ ends: [RunEnd]) {
    if !isUsed.load(ordering: .relaxed) { return }
    byRun.withLock { misses in for end in ends { misses[end.run] = nil } }
  }
}
