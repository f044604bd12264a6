/// Reports on their way to the listeners, in the order in which the tasks finished. Pure state; part of the roster.
///
/// One thread at a time tells them, whichever finds nobody at it. What comes meanwhile waits for that one, so that none
/// overtakes another though they are told without a lock.
struct TaskReports {
  enum Entry {
    case finished(TaskReport, any QueuedTask, [TaskRoster.Listener])
    case end([TaskRoster.Listener])

    func tell() {
      switch self {
      case .finished(let report, _, let listeners): for listener in listeners { listener.yield(report) }
      case .end(let listeners): for listener in listeners { listener.finish() }
      }
    }
  }

  /// What is to be told now; empty where there is nothing, or another thread is at it.
  typealias Batch = [Entry]

  private var waiting: Batch = []
  private var isTelling = false
  private var last = Duration.zero

  mutating func add(_ report: TaskReport, of task: any QueuedTask, to listeners: [TaskRoster.Listener]) -> Batch {
    var report = report
    // The clock was read before there was an order.
    last = max(last, report.finished)
    report.finished = last
    return add(.finished(report, task, listeners))
  }

  mutating func end(_ listeners: [TaskRoster.Listener]) -> Batch { add(.end(listeners)) }

  private mutating func add(_ entry: Entry) -> Batch {
    waiting.append(entry)
    return isTelling ? [] : next()
  }

  /// For whoever told the batch before.
  mutating func next() -> Batch {
    defer { waiting = [] }
    isTelling = !waiting.isEmpty
    return waiting
  }
}
