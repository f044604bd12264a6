internal import Synchronization
internal import TadweenCore

/// A place for one worker at a stage, and what the worker has in hand.
///
/// What is in hand lies behind a lock, so that a cancellation can reach the task that runs a message, and a batch whose
/// handler turns out slow can be taken away again.
final class Slot: Sendable {
  let index: Int
  let hand = Locked(Hand())
  /// How many messages its worker takes at once: one, until the handler has shown that it is quick. Only ever changed by
  /// that worker.
  private let limit = Atomic<Int>(1)
  /// The current message as its policy sees it; for the hooks that run when the attempt itself no longer does.
  let message = Locked<Message?>(nil)

  init(_ index: Int) { self.index = index }

  struct Hand: Sendable {
    /// What is to be run.
    var pending: ArraySlice<Delivery> = []
    /// What is run.
    var current: Delivery?
    /// What was run, not yet committed.
    var done: [Transition] = []
    /// When the current attempt began, where its stage retries.
    var start = Duration.zero
    /// Counts the messages that were begun, so that a watcher sees whether the worker has moved on.
    var serial: UInt64 = 0
    /// The task that runs the current message.
    var task: TaskHandle?
    /// Whether that task was cancelled for one of its messages; it is then of no use to the next.
    var wasInterrupted = false
    var isWatched = false
    /// The outcome was decided at the deadline; what the handler still returns is dropped.
    var hasExpired = false
  }

  /// Puts a batch into the hand of the calling task.
  func load(_ batch: [Delivery], task: TaskHandle?) {
    hand.withLock { hand in
      hand.pending = batch[...]
      hand.done.reserveCapacity(batch.count)
      hand.task = task
      hand.wasInterrupted = false
    }
  }

  /// Puts away what ended, and picks up the next message.
  func next(after ended: inout Ending?) -> Delivery? {
    hand.withLock { hand in
      if let delivery = hand.current.take() {
        if let ending = ended.take(), !hand.hasExpired {
          // Told to stop, and threw: cancelled, with its error as the cause (rule R12).
          hand.done.append(Transition(of: delivery, hand.wasInterrupted ? ending.cut : ending))
        }
        hand.hasExpired = false
      }
      // A cancelled task would cancel the next handler too.
      guard !hand.wasInterrupted, let delivery = hand.pending.popFirst() else { return nil }
      hand.current = delivery
      hand.serial &+= 1
      return delivery
    }
  }

  /// What is left when the batch is over.
  func unload() -> (done: [Transition], returned: [Delivery], wasInterrupted: Bool) {
    hand.withLock { hand in
      defer {
        hand.done = []
        hand.pending = []
        hand.task = nil
      }
      return (hand.done, Array(hand.pending), hand.wasInterrupted)
    }
  }

  /// Cancels the task that runs one of these deliveries; nothing where none is run here.
  func interrupt(_ interrupts: Set<Directives.Interrupt>) {
    hand.withLock { hand in
      guard let current = hand.current, interrupts.contains(.init(run: current.run, key: current.key)) else { return }
      hand.wasInterrupted = true
      hand.task?.cancel()
    }
  }
}

extension Ending {
  /// What it is where the task was told to stop.
  fileprivate var cut: Ending {
    switch self {
    case .failed(let cause): .cancelled(cause)
    case .retried(let retry): .cancelled(retry.history.failures.last)
    case .parked(let cause): .cancelled(cause)
    case .succeeded, .notTaken, .cancelled: self
    }
  }
}

extension Slot {
  func began(at start: Duration) { hand.withLock { $0.start = start } }

  /// When the current attempt began, where its stage retries.
  var start: Duration { hand.withLock { $0.start } }

  /// Whether the current message's outcome was decided at its deadline.
  var hasExpired: Bool { hand.withLock { $0.hasExpired } }

  /// The deadline of the current message has come: its outcome is decided now, and its task is cancelled. False where the
  /// worker has moved on.
  func expire(_ key: DeliveryKey, of run: RunID) -> Bool {
    hand.withLock { hand in
      guard let current = hand.current, current.run == run, current.key == key, !hand.hasExpired else { return false }
      hand.hasExpired = true
      hand.wasInterrupted = true
      hand.task?.cancel()
      return true
    }
  }
}

/// How much a worker takes at once.
extension Slot {
  var pace: Int { limit.load(ordering: .relaxed) }

  /// Doubles while a message takes less than 20 µs, and falls back to one where it takes more: a batch must never make
  /// a result wait for its neighbours.
  func note(_ duration: Duration, for count: Int, greatest: Int) {
    limit.store(duration < .microseconds(20) * count ? min(pace * 2, greatest) : 1, ordering: .relaxed)
  }
}

/// For the watch, which takes batches back from slow handlers.
extension Slot {
  /// False where it is watched already.
  func beginWatch() -> Bool {
    hand.withLock { hand in
      defer { hand.isWatched = true }
      return !hand.isWatched
    }
  }

  func endWatch() { hand.withLock { $0.isWatched = false } }

  /// What the worker has in hand beside the message that it runs, where it runs the same one as at the last look.
  func look(since serial: UInt64) -> (serial: UInt64, isIdle: Bool, done: [Transition], returned: [Delivery]) {
    hand.withLock { hand in
      guard hand.current != nil, hand.serial == serial else { return (hand.serial, hand.task == nil, [], []) }
      defer {
        hand.done = []
        hand.pending = []
      }
      return (serial, false, hand.done, Array(hand.pending))
    }
  }
}

/// A worker's own task, for others to cancel.
///
/// Of what an `UnsafeCurrentTask` offers, cancelling is allowed from elsewhere while the task lives; the slot's lock sees
/// to that: a worker puts its task in when it loads a batch, and takes it out before it goes on.
@safe struct TaskHandle: @unchecked Sendable {  // see above
  private let task: UnsafeCurrentTask

  static var current: TaskHandle? {
    unsafe withUnsafeCurrentTask { task in unsafe task.map { unsafe TaskHandle(task: $0) } }
  }

  private init(task: UnsafeCurrentTask) { unsafe self.task = task }

  func cancel() { unsafe task.cancel() }
}
