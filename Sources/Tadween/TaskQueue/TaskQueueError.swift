/// What a task queue refuses, or could not do.
public struct TaskQueueError: Error, Sendable, CustomStringConvertible {
  /// The kind of error, to switch on.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// The queue or runner is closed, or about to be: it takes no new work.
    public static let closed = Code(description: "closed")
    /// The queue could not start its threads.
    public static let cannotStart = Code(description: "cannotStart")
    /// Work was not finished in the time that `close(timeout:)` gave it; ``TaskQueueError/unfinished`` lists it.
    public static let closeTimedOut = Code(description: "closeTimedOut")
  }

  public let code: Code

  /// What happened, as one sentence.
  public let description: String

  /// For ``Code/closeTimedOut``: the tasks that were not finished, oldest first. Otherwise empty.
  public let unfinished: [UnfinishedTask]

  package init(_ code: Code, _ description: String, unfinished: [UnfinishedTask] = []) {
    self.code = code
    self.description = description
    self.unfinished = unfinished
  }
}

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
