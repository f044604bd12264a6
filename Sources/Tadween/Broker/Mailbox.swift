package import TadweenCore

/// The messages of one stage that wait to be received.
package final class Mailbox: Sendable {
  private struct State: Sendable {
    var waiting = Fifo<Delivery>()
    var receivers: [CheckedContinuation<Void, Never>] = []
    var isClosed = false
  }

  private let state = Locked(State())

  package init() {}

  package func put(_ delivery: Delivery) {
    let receiver = state.withLock { state in
      state.waiting.append(delivery)
      return state.receivers.popLast()
    }
    receiver?.resume()
  }

  /// Wakes one receiver, who takes as many as it can.
  package func put(_ deliveries: [Delivery]) {
    let receiver = state.withLock { state in
      state.waiting.append(contentsOf: deliveries[...])
      return state.receivers.popLast()
    }
    receiver?.resume()
  }

  /// Suspends while there is nothing; empty once the mailbox is closed or the caller is cancelled.
  package func receive(atMost limit: Int) async -> [Delivery] {
    while true {
      let (batch, isClosed) = state.withLock { state in
        var batch: [Delivery] = []
        while batch.count < limit, let delivery = state.waiting.popFirst() { batch.append(delivery) }
        return (batch, state.isClosed)
      }
      if !batch.isEmpty || isClosed || Task.isCancelled { return batch }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isDue = state.withLock { state in
            if state.isClosed || !state.waiting.isEmpty || Task.isCancelled { return true }
            state.receivers.append(continuation)
            return false
          }
          if isDue { continuation.resume() }
        }
      } onCancel: {
        wakeAll()
      }
    }
  }

  /// Whoever was not meant looks, and goes back to sleep.
  private func wakeAll() {
    let receivers = state.withLock { state in
      defer { state.receivers = [] }
      return state.receivers
    }
    for receiver in receivers { receiver.resume() }
  }

  package func close() {
    state.withLock { $0.isClosed = true }
    wakeAll()
  }
}
