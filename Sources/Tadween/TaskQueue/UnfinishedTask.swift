public import TadweenCore

/// A task that was not finished when its runner closed.
public struct UnfinishedTask: Sendable, Hashable, CustomStringConvertible {
  public let id: TaskID

  /// The name it was submitted with.
  public let name: String?

  /// ``TaskStatus/waiting`` if it never started (it is now cancelled), ``TaskStatus/running`` if it was told to
  /// cancel and has not returned.
  public let status: TaskStatus

  public var description: String { "\(id)\(name.map { " \"\($0)\"" } ?? "") (\(status))" }
}

extension TadweenError {
  /// The tasks that a ``TaskRunner`` did not finish in the time that its close gave it, oldest first; empty for every
  /// other error.
  public var unfinishedTasks: [UnfinishedTask] { (underlying as? UnfinishedTasks)?.tasks ?? [] }

  /// Work was not finished when its runner ended; the sentence names the first ten tasks.
  init(unfinished tasks: [UnfinishedTask], _ reason: String) {
    let shown = UnfinishedTasks(tasks: Array(tasks.prefix(10)))
    let more = tasks.count > 10 ? ", and \(tasks.count - 10) more" : ""
    self.init(
      .timedOut, "\(reason) with \(tasks.count) unfinished: \(shown)\(more).", underlying: UnfinishedTasks(tasks: tasks)
    )
  }
}

/// What carries the tasks inside an error of a module that does not know them.
private struct UnfinishedTasks: Error, CustomStringConvertible {
  let tasks: [UnfinishedTask]

  var description: String { tasks.map(\.description).joined(separator: ", ") }
}
