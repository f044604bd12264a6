internal import Synchronization
internal import TadweenCore

/// A place for one worker at a stage, and what the worker has in hand.
///
/// What is in hand lies behind a lock, so that a cancellation can reach the task that runs a message, and a batch whose
/// handler turns out slow can be taken away again.
final class Slot: Sendable {
  let index: Int
  /// Its worker's handler.
  let instance: AnyHandlerInstance
  let hand = Locked(Hand())
  /// How many messages its worker takes at once: one, until the handler has shown that it is quick. Only ever changed by
  /// that worker.
  private let limit = Atomic<Int>(1)
  /// Whether its worker took several messages at once. Only ever changed by that worker.
  let isBatch = Atomic<Bool>(false)
  /// When the current attempt began, where that is measured; the least number: none is under way. Only ever changed
  /// by that worker.
  let began = Atomic<Int64>(.min)
  /// The current message as its policy sees it; for the hooks that run when the attempt itself no longer does.
  let message = Locked<Message?>(nil)
  /// What the current message may do, where its stage has gates.
  private let gate = Locked<GateStep?>(nil)

  init(_ index: Int, _ instance: AnyHandlerInstance) {
    self.index = index
    self.instance = instance
  }

  struct Hand: Sendable {
    /// What is to be run.
    var pending: ArraySlice<Delivery> = []
    /// What is run.
    var current: Delivery?
    /// What is run, where it is several at once.
    var members: [Delivery] = []
    /// Those among them that were told to stop.
    var dropped: Set<DeliveryID> = []
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
    /// Nothing more is begun here, and what runs was told to stop: the process ends (rule R11).
    var isStopped = false
    var isWatched = false
    /// The outcome was decided at the deadline; what the handler still returns is dropped.
    var hasExpired = false
    /// Whether those who listen were told that the current message was begun, of a batch.
    var isTold = false
  }

  /// Puts a batch into the hand of the calling task.
  func load(_ batch: [Delivery], task: TaskHandle?) {
    isBatch.store(batch.count > 1, ordering: .relaxed)
    hand.withLock { hand in
      hand.pending = batch[...]
      hand.isTold = false
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
          hand.done.append(Transition(of: delivery, hand.result(ending, of: delivery)))
        }
        hand.hasExpired = false
      }
      // A cancelled task would cancel the next handler too.
      guard !hand.wasInterrupted, !hand.isStopped, let delivery = hand.pending.popFirst() else { return nil }
      hand.current = delivery
      hand.serial &+= 1
      return delivery
    }
  }

  /// What is left when the batch is over.
  ///
  /// - Returns: `isUntold` where nobody was told yet that what is done was begun.
  func unload() -> (done: [Transition], returned: [Delivery], wasInterrupted: Bool, isUntold: Bool) {
    hand.withLock { hand in
      defer {
        hand.done = []
        hand.pending = []
        hand.task = nil
      }
      return (
        hand.done, Array(hand.pending), hand.wasInterrupted || hand.isStopped,
        isBatch.load(ordering: .relaxed) && !hand.isTold
      )
    }
  }

  /// Cancels the task that runs one of these deliveries; nothing where none is run here.
  ///
  /// - Returns: What is run and was not told to stop before.
  func interrupt(_ interrupts: Set<DeliveryID>) -> [Delivery] {
    hand.withLock { hand in
      if hand.members.isEmpty {
        guard let current = hand.current, interrupts.contains(current.id) else { return [] }
      } else {
        // What becomes of them was decided at the deadline.
        if hand.hasExpired { return [] }
        hand.dropped.formUnion(hand.members.lazy.map(\.id).filter(interrupts.contains))
        guard hand.dropped.count == hand.members.count else { return [] }
      }
      if hand.wasInterrupted { return [] }
      hand.wasInterrupted = true
      hand.task?.cancel()
      return hand.isStopped ? [] : hand.running
    }
  }

  /// Begins nothing more, before its worker's task is cancelled: what throws then has not failed (rule R11).
  func shut() { hand.withLock { $0.isStopped = true } }

  /// Begins nothing more, and cancels the task that runs something: the process ends (rule R11).
  ///
  /// - Returns: What is run and was not told to stop before.
  func stop() -> [Delivery] {
    hand.withLock { hand in
      hand.isStopped = true
      hand.task?.cancel()
      return hand.wasInterrupted ? [] : hand.running
    }
  }
}

extension Slot.Hand {
  /// What is run now.
  fileprivate var running: [Delivery] { members.isEmpty ? current.map { [$0] } ?? [] : members }

  /// What an attempt ends with, given what came back.
  fileprivate func result(_ ending: Ending, of delivery: Delivery) -> Ending {
    // Told to stop, and threw: cancelled, with its error as the cause (rule R12).
    if wasInterrupted { return ending.cut }
    return isStopped ? ending.interrupted(delivery) : ending
  }
}

extension Ending {
  /// What it is where its batch went on without it.
  fileprivate var dropped: Ending { if case .succeeded = self { .cancelled(nil) } else { cut } }

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
  var gateStep: GateStep? {
    get { gate.withLock { $0 } }
    set {
      // Let go after unlocking.
      let old = gate.withLock { step in
        defer { step = newValue }
        return step
      }
      withExtendedLifetime(old) {}
    }
  }

  /// What the policy was shown of the current message, where it was looked at before.
  var gateMessage: Message? { if case .start(let first, _, _) = gateStep { first.message } else { nil } }

  /// Keeps the message as the policy sees it, for the hooks that run outside the attempt.
  func keep(_ message: Message) { self.message.withLock { $0 = message } }

  /// The units of the current message.
  var grant: Grant? { if case .start(_, _, let grant) = gateStep { grant } else { nil } }

  /// The units of the current message, for whoever gives them back; nil where they went already, or there are none.
  func takeGrant() -> Grant? {
    gate.withLock { step in
      guard case .start(let first, let others, let grant) = step, grant !== Grant.none else { return nil }
      step = .start(first, with: others, .none)
      return grant
    }
  }
}

extension Slot {
  func began(at start: Duration) { hand.withLock { $0.start = start } }

  /// When the current attempt began, where its stage retries.
  var start: Duration { hand.withLock { $0.start } }

  /// Whether the current message's outcome was decided at its deadline.
  var hasExpired: Bool { hand.withLock { $0.hasExpired } }

  /// The deadline of these messages has come: the outcome of those that are run is decided now, and their task is cancelled.
  /// Returns them; none where the worker has moved on, or was told to stop because the process ends: what throws then has not
  /// failed (rule R11).
  func expire(_ batch: [Delivery]) -> [Delivery] {
    hand.withLock { hand in
      let running = hand.running
      guard let first = running.first, batch.contains(where: { $0.id == first.id }), !hand.hasExpired, !hand.isStopped
      else { return [] }
      hand.hasExpired = true
      hand.wasInterrupted = true
      hand.task?.cancel()
      return running.filter { !hand.dropped.contains($0.id) }
    }
  }
}

/// Several messages at once.
extension Slot {
  /// Picks up everything that is to be run.
  ///
  /// - Returns: `dropped`, what is wanted no longer.
  func takeMembers() -> (members: [Delivery], dropped: [Delivery]) {
    let pending = hand.withLock { hand -> ArraySlice<Delivery> in
      if hand.isStopped { return [] }
      defer { hand.pending = [] }
      return hand.pending
    }
    // A ticket is its broker's: not asked under the lock.
    var (members, dropped): ([Delivery], [Delivery]) = ([], [])
    for delivery in pending { if delivery.begin() { members.append(delivery) } else { dropped.append(delivery) } }
    hand.withLock { hand in
      hand.members = members
      hand.serial &+= 1
    }
    return (members, dropped)
  }

  /// Whether the member was told to stop.
  func hasDropped(_ delivery: Delivery) -> Bool { hand.withLock { $0.dropped.contains(delivery.id) } }

  /// Puts away how the members ended; one that was told to stop has ended cancelled, whatever came back, and whatever was
  /// decided about the others at their deadline.
  func putAway(_ endings: [(Delivery, Ending)]) {
    hand.withLock { hand in
      for (delivery, ending) in endings {
        if hand.dropped.contains(delivery.id) {
          hand.done.append(Transition(of: delivery, ending.dropped))
        } else if !hand.hasExpired {
          hand.done.append(Transition(of: delivery, hand.result(ending, of: delivery)))
        }
      }
      hand.members = []
      hand.dropped = []
      hand.hasExpired = false
    }
  }
}

extension Slot {
  /// What its worker has in hand.
  var underWay: [Delivery] {
    hand.withLock { hand in
      hand.members + (hand.current.map { [$0] } ?? []) + hand.pending + hand.done.map(\.delivery)
    }
  }
}

/// How much a worker takes at once.
extension Slot {
  var pace: Int { limit.load(ordering: .relaxed) }

  /// Doubles while a message takes less than 20 µs, or all of them less than a commit does, and falls back to one where they
  /// take more: a batch must never make a result wait for its neighbours, beside what it waits for the disk anyway.
  func note(_ duration: Duration, for count: Int, greatest: Int, commit: Duration) {
    let isQuick = duration < max(.microseconds(20) * count, commit)
    limit.store(isQuick ? min(pace * 2, greatest) : 1, ordering: .relaxed)
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
  ///
  /// - Returns: `untold`, the message that it runs, where nobody was told yet that it was begun.
  func look(since serial: UInt64) -> (
    serial: UInt64, isIdle: Bool, untold: Delivery?, done: [Transition], returned: [Delivery]
  ) {
    hand.withLock { hand in
      guard let current = hand.current, hand.serial == serial else {
        return (hand.serial, hand.task == nil, nil, [], [])
      }
      defer {
        hand.done = []
        hand.pending = []
        hand.isTold = true
      }
      let isUntold = isBatch.load(ordering: .relaxed) && !hand.isTold
      return (serial, false, isUntold ? current : nil, hand.done, Array(hand.pending))
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
