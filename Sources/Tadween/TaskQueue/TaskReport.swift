/// One finished task: what became of it and how long it took.
///
/// The three moments are measured from the making of the runner, on its clock.
public struct TaskReport: Sendable, Identifiable {
  public let id: TaskID

  /// The name it was submitted with.
  public let name: String?

  /// ``TaskStatus/succeeded``, ``TaskStatus/failed`` or ``TaskStatus/cancelled``.
  public let status: TaskStatus

  /// What it threw; `CancellationError` if it was cancelled before it started.
  public let error: (any Error)?

  /// The worker that executed it, from 0; nil if it was cancelled before it started.
  public let worker: Int?

  /// When it was submitted.
  public let submitted: Duration

  /// When a worker began it; nil if it was cancelled before it started.
  public let started: Duration?

  /// When it returned, threw or was cancelled.
  public internal(set) var finished: Duration

  /// How long it waited for a worker.
  public var waited: Duration { (started ?? finished) - submitted }

  /// How long it ran; zero if it never started.
  public var ran: Duration { finished - (started ?? finished) }
}
