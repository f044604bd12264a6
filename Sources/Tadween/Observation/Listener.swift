internal import DequeModule
internal import TadweenCore

/// One listener's events: the newest `limit`, and how many were dropped before them.
///
/// They lie here in the pieces in which they came: a listener costs a reference a piece and no copy of its events.
final class Listener: Sendable {
  typealias Piece = ArraySlice<WorkflowEvent>

  fileprivate struct State: Sendable {
    /// Where the listener came in; told first, however late it listens.
    var first: WorkflowEvent?
    var pieces = Deque<Piece>()
    var count = 0
    var dropped = 0
    var waiting: CheckedContinuation<Void, Never>?
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

  func offer(_ events: [WorkflowEvent]) {
    guard let run else { return add(events[...]) }
    let own = events.filter { $0.run == run }
    if own.isEmpty { return }
    add(own[...])
    if own.contains(where: { if case .completed = $0 { true } else { false } }) { end() }
  }

  private func add(_ piece: Piece) {
    let (waiting, old) = state.withLock { state in
      if state.hasEnded { return (nil as CheckedContinuation<Void, Never>?, [Piece]()) }
      state.pieces.append(piece)
      state.count += piece.count
      return (state.waiting.take(), state.dropSurplus(over: limit))
    }
    waiting?.resume()
    // Gone after unlocking, for there may be many.
    withExtendedLifetime(old) {}
  }

  /// All that is there, oldest first; suspends while there is nothing. Empty once there will be no more.
  func next() async -> Deque<Piece> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state in
          if state.hasSomething || state.hasEnded || Task.isCancelled { return true }
          state.waiting = continuation
          return false
        }
        if isDue { continuation.resume() }
      }
    } onCancel: {
      end()
    }
    // Taken under the lock, and not handed over with the wake-up: the thread sanitizer does not see that what resumes a
    // continuation before it is awaited comes before what follows.
    return state.withLock { $0.takePieces() }
  }

  func end() {
    let (waiting, onEnd) = state.withLock { state in
      state.hasEnded = true
      return (state.waiting.take(), state.onEnd.take())
    }
    waiting?.resume()
    onEnd?()
  }
}

extension Listener.State {
  fileprivate var hasSomething: Bool { first != nil || dropped > 0 || !pieces.isEmpty }

  /// Drops the oldest that are too many. Returns what is to be let go.
  fileprivate mutating func dropSurplus(over limit: Int) -> [Listener.Piece] {
    var old: [Listener.Piece] = []
    while count > limit {
      let surplus = count - limit
      let dropped = min(surplus, pieces[0].count)
      if dropped == pieces[0].count {
        old.append(pieces.removeFirst())
      } else {
        pieces[0] = pieces[0].dropFirst(dropped)
      }
      count -= dropped
      self.dropped += dropped
    }
    return old
  }

  fileprivate mutating func takePieces() -> Deque<Listener.Piece> {
    var taken = Deque<Listener.Piece>()
    swap(&taken, &pieces)
    if dropped > 0 { taken.prepend([.dropped(dropped)]) }
    (count, dropped) = (0, 0)
    if let first = first.take() { taken.prepend([first]) }
    return taken
  }
}

/// Events as they happen. It begins with a snapshot; a listener that falls behind loses the oldest, and is told how many.
public struct WorkflowEvents: AsyncSequence, Sendable {
  public typealias Element = WorkflowEvent

  let makeListener: @Sendable () -> Listener?

  public func makeAsyncIterator() -> Iterator { Iterator(subscription: Subscription(makeListener())) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let subscription: Subscription
    /// What was taken together, for events come by the million.
    private var piece = Listener.Piece()
    private var pieces = Deque<Listener.Piece>()

    fileprivate init(subscription: Subscription) { self.subscription = subscription }

    public mutating func next() async -> WorkflowEvent? {
      if let event = piece.popFirst() { return event }
      if pieces.isEmpty, let listener = subscription.listener { pieces = await listener.next() }
      piece = pieces.popFirst() ?? []
      return piece.popFirst()
    }
  }

  /// Ends the listening with the iterator.
  fileprivate final class Subscription: Sendable {
    let listener: Listener?
    init(_ listener: Listener?) { self.listener = listener }
    deinit { listener?.end() }
  }
}
