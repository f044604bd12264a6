public import TadweenCore

/// What a stage is told besides its handler. Every option has a default.
public struct StageOptions: Sendable {
  /// How its handler's runs are executed; `.concurrent(1)`: one at a time, in a task.
  public var taskQueue: any TaskQueue
  /// The greatest number of messages that wait before publishers do; nil: no bound.
  public var queueBound: Int?
  /// How long an attempt may take; nil: for ever. At the deadline the attempt fails and its task is cancelled; its
  /// worker is free when the handler has returned.
  public var timeout: Duration?
  /// Whether a failed attempt is made again, and when; `.none` by default.
  public var retry: RetryPolicy
  /// Whether a failure waits for somebody to decide, and how long; nil, the default: it fails at once.
  public var park: Park?
  /// Whether it runs in a cancelled run too; for clean-up. False by default.
  public var runsWhenCancelled: Bool
  /// Whether ``Run/output(of:)`` can ask for its output though it is no sink. False by default.
  public var keepsOutput: Bool

  public init(
    taskQueue: some TaskQueue = .concurrent(1), queueBound: Int? = nil, timeout: Duration? = nil,
    retry: RetryPolicy = .none, park: Park? = nil, runsWhenCancelled: Bool = false, keepsOutput: Bool = false
  ) {
    self.taskQueue = taskQueue
    self.queueBound = queueBound
    self.timeout = timeout
    self.retry = retry
    self.park = park
    self.runsWhenCancelled = runsWhenCancelled
    self.keepsOutput = keepsOutput
  }
}
