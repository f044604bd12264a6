/// A workflow at one moment: what waits, what runs, and what came of the rest. Each stage is consistent in itself; two
/// stages are looked at one after the other.
///
/// It is made of numbers that are counted anyway, and costs a short lock a stage, so a display may ask several times a
/// second. It is a value, to be kept, compared and sent elsewhere.
public struct WorkflowSnapshot: Hashable, Codable, Sendable {
  /// One stage's load, and what has gone through it since the workflow was built.
  public struct Stage: Hashable, Codable, Sendable {
    public var name: String
    /// Whether it runs once an item of a map, and not once a run.
    public var isMapped: Bool
    /// Messages that wait, those that are ``delayed`` included.
    public var waiting: Int
    /// Attempts to be made again whose time has not come, or whose last handler has not returned.
    public var delayed: Int
    /// Workers that are busy.
    public var running: Int
    /// The greatest number of workers that can be.
    public var workers: Int
    /// The greatest number of messages that wait before publishers do; nil: no bound.
    public var bound: Int?
    /// Submitters and workers of other stages that wait for room here.
    public var waitingPublishers: Int
    /// When the message came that has waited longest of those that could run, on the scale of ``WorkflowSnapshot/time``;
    /// nil while none waits.
    public var oldestWaitingSince: Duration?
    /// Messages that came, each counted once however often it is attempted.
    public var received: Int
    /// Activations that succeeded, those that a policy skipped included.
    public var succeeded: Int
    /// Activations that failed for good.
    public var failed: Int
    /// Attempts that failed, or were put off, and are made again.
    public var retried: Int
    /// Activations whose branch the policy cancelled.
    public var notTaken: Int
    /// Activations that ended because their run was cancelled.
    public var cancelled: Int

    /// Activations that have ended, in whatever way.
    public var ended: Int { succeeded + failed + notTaken + cancelled }

    public init(
      name: String, isMapped: Bool = false, waiting: Int = 0, delayed: Int = 0, running: Int = 0, workers: Int = 1,
      bound: Int? = nil, waitingPublishers: Int = 0, oldestWaitingSince: Duration? = nil, received: Int = 0,
      succeeded: Int = 0, failed: Int = 0, retried: Int = 0, notTaken: Int = 0, cancelled: Int = 0
    ) {
      self.name = name
      self.isMapped = isMapped
      self.waiting = waiting
      self.delayed = delayed
      self.running = running
      self.workers = workers
      self.bound = bound
      self.waitingPublishers = waitingPublishers
      self.oldestWaitingSince = oldestWaitingSince
      self.received = received
      self.succeeded = succeeded
      self.failed = failed
      self.retried = retried
      self.notTaken = notTaken
      self.cancelled = cancelled
    }
  }

  /// The workflow's name.
  public var workflow: String
  /// The moment: the time since the workflow was built, by its own clock.
  public var time: Duration
  /// In the order in which they were added.
  public var stages: [Stage]
  /// Runs that are not complete. Whoever waits for a run may hear of its end a moment before it is counted; what has been
  /// counted is certain after ``Workflow/waitUntilIdle(timeout:)``.
  public var unfinishedRuns: Int
  /// Runs that are complete, failed and cancelled ones included.
  public var completedRuns: Int
  /// Of these, the ones that failed.
  public var failedRuns: Int

  public init(
    workflow: String, time: Duration = .zero, stages: [Stage] = [], unfinishedRuns: Int = 0, completedRuns: Int = 0,
    failedRuns: Int = 0
  ) {
    self.workflow = workflow
    self.time = time
    self.stages = stages
    self.unfinishedRuns = unfinishedRuns
    self.completedRuns = completedRuns
    self.failedRuns = failedRuns
  }
}

extension Workflow {
  /// The state of the whole workflow now.
  ///
  /// ```swift
  /// let snapshot = try workflow.snapshot()
  /// for stage in snapshot.stages { print(stage.name, stage.waiting, stage.running, stage.failed) }
  /// ```
  /// - Throws: ``TadweenError`` with the code `wrongPhase` before ``build()``, `brokerClosed` after ``close(timeout:)``.
  public func snapshot() throws -> WorkflowSnapshot { try engine.snapshot }
}
