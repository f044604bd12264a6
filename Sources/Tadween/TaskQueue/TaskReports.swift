/// Reports on their way to the listeners, in the order in which the tasks finished. Pure state; part of the roster.
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

  /// What is to be told now.
  typealias Batch = [Entry]

  private var outbox = Outbox<Entry>()
  private var last = Duration.zero

  mutating func add(_ report: TaskReport, of task: any QueuedTask, to listeners: [TaskRoster.Listener]) -> Batch {
    var report = report
    // The clock was read before there was an order.
    last = max(last, report.finished)
    report.finished = last
    return outbox.add([.finished(report, task, listeners)])
  }

  mutating func end(_ listeners: [TaskRoster.Listener]) -> Batch { outbox.add([.end(listeners)]) }

  /// For whoever told the batch before.
  mutating func next() -> Batch { outbox.next() }
}
