internal import Synchronization
internal import TadweenCore

/// Who waits for which run to be complete.
///
/// Only runs that somebody waits for are in it, so a run that is submitted and let go costs nothing here. Everyone who
/// waits is told when the workflow ends, whatever became of their run: nobody can wait for ever.
final class Completions: Sendable {
  typealias End = Result<RunEnd, TadweenError>

  /// A run that is redriven once it is complete has another end, and others wait for that.
  private struct Key: Hashable, Comparable {
    let run: RunID
    let round: Int

    static func < (a: Key, b: Key) -> Bool {
      (a.run.high, a.run.low, a.round) < (b.run.high, b.run.low, b.round)
    }
  }

  private struct State: Sendable {
    var awaited: [Key: Latch<End>] = [:]
    /// Why no more runs will be complete; nil while the workflow works.
    var closed: TadweenError?
  }

  private let state = Locked(State())
  /// How many runs are awaited: asked at every completion, without the lock.
  private let count = Atomic<Int>(0)

  /// Suspends until the run is complete.
  ///
  /// - Throws: why it will never be; `CancellationError` when the caller is cancelled first.
  func end(of ticket: any RunTicket, round: Int = 0) async throws -> RunEnd {
    if let end = ticket.end(of: round) { return end }
    let latch = latch(for: Key(run: ticket.run, round: round))
    // Complete meanwhile, and perhaps announced before anybody waited for it.
    if let end = ticket.end(of: round) { announce([end]) }
    return try await latch.wait().get()
  }

  private func latch(for run: Key) -> Latch<End> {
    state.withLock { state in
      if let latch = state.awaited[run] { return latch }
      let latch = Latch<End>()
      if let closed = state.closed {
        latch.open(.failure(closed))
      } else {
        state.awaited[run] = latch
        count.store(state.awaited.count, ordering: .sequentiallyConsistent)
      }
      return latch
    }
  }

  func announce(_ ends: [RunEnd]) {
    guard count.load(ordering: .sequentiallyConsistent) > 0 else { return }
    let due = state.withLock { state in
      let due = ends.compactMap { end in
        state.awaited.removeValue(forKey: Key(run: end.run, round: end.round)).map { (latch: $0, end: end) }
      }
      count.store(state.awaited.count, ordering: .sequentiallyConsistent)
      return due
    }
    for (latch, end) in due { latch.open(.success(end)) }
  }

  /// Tells everyone that their run will not be complete, and why.
  func close(_ reason: TadweenError) {
    let rest = state.withLock { state in
      state.closed = reason
      defer { state.awaited = [:] }
      return state.awaited.sorted { $0.key < $1.key }.map(\.value)
    }
    for latch in rest { latch.open(.failure(reason)) }
  }
}
