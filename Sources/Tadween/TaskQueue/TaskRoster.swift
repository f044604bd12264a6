internal import DequeModule
internal import TadweenCore

/// What a runner knows of its tasks: those that are not finished, and who waits for what. Pure state; the runner
/// keeps it behind its lock and does what the answers say.
struct TaskRoster {
  typealias Worker = CheckedContinuation<Void, Never>
  typealias Listener = AsyncStream<TaskReport>.Continuation

  /// False once closing has begun: no new work.
  private(set) var isOpen = true
  /// True once the workers are to go.
  private(set) var isOver = false
  /// The task in which all workers live, from the first submission on.
  var crew: Task<Void, Never>?
  /// How often the queue was started and is to be closed: each of the submissions that come first at the same moment
  /// starts it.
  private var starts = 0

  private var lastNumber: UInt64 = 0
  private var unfinished: [TaskID: any QueuedTask] = [:]
  // Holds tasks that were cancelled in it too, until a worker passes over them or `compact` sweeps them out.
  private var waiting = Deque<any QueuedTask>()
  private var idleWorkers: [Worker] = []
  var idleWaiters = WaitList<Void>()
  /// Why those who wait for idleness are not to wait any more.
  var givenUp: TadweenError?
  var reports = TaskReports()
  private var listeners: [UInt64: Listener] = [:]
  private var lastListener: UInt64 = 0

  var isIdle: Bool { unfinished.isEmpty }
  var oldestFirst: [any QueuedTask] { unfinished.values.sorted { $0.id < $1.id } }
  var allListeners: [Listener] { Array(listeners.values) }
  /// How many places in memory the waiting line takes.
  var lineLength: Int { waiting.count }

  subscript(id: TaskID) -> (any QueuedTask)? { unfinished[id] }

  mutating func makeID() -> TaskID {
    lastNumber += 1
    return TaskID(number: lastNumber)
  }

  /// Adds a task to the line; the worker that is to be woken for it, if one sleeps.
  mutating func admit(_ task: any QueuedTask) -> Worker? {
    unfinished[task.id] = task
    waiting.append(task)
    return idleWorkers.popLast()
  }

  enum Next { case task(any QueuedTask), goHome, sleep }

  /// What a free worker does next.
  mutating func next() -> Next {
    if let task = waiting.popFirst() { return .task(task) }
    return isOver ? .goHome : .sleep
  }

  /// Notes that a worker sleeps; false where there is something to do by now.
  mutating func sleep(_ worker: Worker) -> Bool {
    guard waiting.isEmpty, !isOver else { return false }
    idleWorkers.append(worker)
    return true
  }

  /// Forgets tasks whose report was told; what is to be told next, and those who wait for idleness, if these were the
  /// last.
  mutating func forget(_ told: TaskReports.Batch) -> (TaskReports.Batch, [WaitList<Void>.Waiter]) {
    for case .finished(_, let task, _) in told { unfinished[task.id] = nil }
    compact()
    return (reports.next(), isIdle ? idleWaiters.takeAll() : [])
  }

  /// False if it was closed before.
  mutating func close() -> Bool {
    defer { isOpen = false }
    return isOpen
  }

  /// Starts nothing more; what is unfinished, oldest first, and those who wait for idleness.
  mutating func stop() -> ([any QueuedTask], [WaitList<Void>.Waiter]) {
    isOpen = false
    isOver = true
    waiting.removeAll()
    return (oldestFirst, idleWaiters.takeAll())
  }

  /// The workers to be woken, and what is to be told: that the streams end.
  mutating func finish() -> ([Worker], TaskReports.Batch) {
    defer {
      isOpen = false
      isOver = true
      idleWorkers = []
      listeners = [:]
    }
    return (idleWorkers, reports.end(allListeners))
  }

  /// The queue was started; false where it is too late for that.
  mutating func noteStart() -> Bool {
    if !isOver { starts += 1 }
    return !isOver
  }

  /// How often the queue is to be closed by whoever asks first.
  mutating func takeStarts() -> Int {
    defer { starts = 0 }
    return starts
  }

  mutating func addListener(_ listener: Listener) -> UInt64 {
    lastListener += 1
    listeners[lastListener] = listener
    return lastListener
  }

  mutating func removeListener(_ key: UInt64) { listeners[key] = nil }

  private mutating func compact() {
    // Amortised O(1) a task: at least half of what is swept has gone.
    guard waiting.count > 2 * unfinished.count + 32 else { return }
    waiting.removeAll { unfinished[$0.id] == nil }
  }
}
