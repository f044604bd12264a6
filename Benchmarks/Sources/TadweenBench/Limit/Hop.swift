internal import Synchronization

// The bare loop of `peers/loop.swift`, with the number of stages, workers and the payload's type as parameters: stages
// in a line, a lock-protected array a hop, worker tasks that take batches, a typed value in an existential box, one
// counter a run. No policy, no identity, no errors. What an orchestrator adds is what it costs beyond this.

final class RunCounter: Sendable { let open = Atomic<Int>(1) }

struct Envelope: Sendable {
  var id: UInt64
  var payload: any Sendable
  var metadata: [String: String]
  var run: RunCounter
}

/// What waits between two stages of the loop.
final class Hop: Sendable {
  private struct State {
    var waiting: [Envelope] = []
    var head = 0
    var sleepers: [CheckedContinuation<Void, Never>] = []
    var closed = false
  }
  private let state = Mutex(State())

  func push(_ envelopes: some Collection<Envelope>) {
    state.withLock { state in
      state.waiting.append(contentsOf: envelopes)
      return state.sleepers.popLast()
    }?.resume()
  }

  func close() {
    let sleepers = state.withLock { state in
      state.closed = true
      defer { state.sleepers = [] }
      return state.sleepers
    }
    for sleeper in sleepers { sleeper.resume() }
  }

  func pull(atMost limit: Int) async -> [Envelope]? {
    while true {
      let (batch, closed): ([Envelope]?, Bool) = state.withLock { state in
        let count = min(limit, state.waiting.count - state.head)
        guard count > 0 else { return (nil, state.closed) }
        let batch = Array(state.waiting[state.head..<state.head + count])
        state.head += count
        if state.head == state.waiting.count {
          state.waiting.removeAll(keepingCapacity: true)
          state.head = 0
        } else if state.head > 65_536 {
          state.waiting.removeFirst(state.head)
          state.head = 0
        }
        return (batch, false)
      }
      if let batch { return batch }
      if closed { return nil }
      await withCheckedContinuation { continuation in
        let ready = state.withLock { state in
          if state.waiting.count > state.head || state.closed { return true }
          state.sleepers.append(continuation)
          return false
        }
        if ready { continuation.resume() }
      }
    }
  }
}
