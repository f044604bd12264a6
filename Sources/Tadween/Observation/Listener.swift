internal import TadweenCore

/// One listener's events: the newest `limit`, and how many were dropped before them.
final class Listener: Sendable {
  private struct State: Sendable {
    /// Where the listener came in; told first, however late it listens.
    var first: WorkflowEvent?
    var events = Fifo<WorkflowEvent>()
    var dropped = 0
    var waiting: CheckedContinuation<WorkflowEvent?, Never>?
    var hasEnded = false
    var onEnd: (@Sendable () -> Void)?
  }

  private let limit: Int
  private let run: RunID?
  private let state = Locked(State())

  init(limit: Int, run: RunID?) {
    self.limit = limit
    self.run = run
  }

  /// Says where it came in, before anything else is read.
  func begin(with first: WorkflowEvent) { state.withLock { $0.first = first } }

  func onEnd(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onEnd = body } }

  func offer(_ event: WorkflowEvent) {
    if let run, event.run != run { return }
    let waiting = state.withLock { state -> CheckedContinuation<WorkflowEvent?, Never>? in
      if state.hasEnded { return nil }
      if let waiting = state.waiting.take() { return waiting }
      state.events.append(event)
      if state.events.count > limit {
        _ = state.events.popFirst()
        state.dropped += 1
      }
      return nil
    }
    waiting?.resume(returning: event)
    if run != nil, case .completed = event { end() }
  }

  func next() async -> WorkflowEvent? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (event, isDue) = state.withLock { state -> (WorkflowEvent?, Bool) in
          if let first = state.first.take() { return (first, true) }
          if state.dropped > 0 {
            defer { state.dropped = 0 }
            return (.dropped(state.dropped), true)
          }
          if let event = state.events.popFirst() { return (event, true) }
          if state.hasEnded || Task.isCancelled { return (nil, true) }
          state.waiting = continuation
          return (nil, false)
        }
        if isDue { continuation.resume(returning: event) }
      }
    } onCancel: {
      end()
    }
  }

  func end() {
    let (waiting, onEnd) = state.withLock { state in
      state.hasEnded = true
      return (state.waiting.take(), state.onEnd.take())
    }
    waiting?.resume(returning: nil)
    onEnd?()
  }
}

/// Events as they happen. It begins with a snapshot; a listener that falls behind loses the oldest, and is told how many.
public struct WorkflowEvents: AsyncSequence, Sendable {
  public typealias Element = WorkflowEvent

  let makeListener: @Sendable () -> Listener?

  public func makeAsyncIterator() -> Iterator { Iterator(subscription: Subscription(makeListener())) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let subscription: Subscription

    public mutating func next() async -> WorkflowEvent? { await subscription.listener?.next() }
  }

  /// Ends the listening with the iterator.
  fileprivate final class Subscription: Sendable {
    let listener: Listener?
    init(_ listener: Listener?) { self.listener = listener }
    deinit { listener?.end() }
  }
}
