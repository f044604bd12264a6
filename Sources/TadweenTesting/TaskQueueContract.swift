public import Tadween

/// What every `TaskQueue` promises, as checks to run against your own.
///
/// It uses no testing library: a check that fails throws. With Swift Testing, for instance:
/// ```swift
/// @Test(arguments: TaskQueueContract.Check.allCases)
/// func keepsItsPromise(_ check: TaskQueueContract.Check) async throws {
///   try await TaskQueueContract { MyQueue(workers: 3) }.verify(check)
/// }
/// ```
/// Test it with one worker, and with more workers than the machine has cores. Nothing here depends on time, except that a queue which loses a job
/// would hang its check for ever: after ``patience`` such a check fails and leaves the hanging task behind.
public struct TaskQueueContract: Sendable {
  /// One promise.
  public enum Check: String, CaseIterable, Hashable, Sendable {
    /// `workers` is at least 1 and does not change.
    case countsItsWorkers
    /// Every worker has one executor, always the same, shared with no other worker; or none has one.
    case namesItsExecutors
    /// As many tasks as there are workers run at the same time, also after a second `start` and the `close` of one user.
    case runsAllWorkersAtOnce
    /// With executors: all workers may block their threads, and the cooperative pool still works.
    /// A queue that fails here takes the whole pool with it, and with it this check's patience: the test hangs.
    case blocksNobodyElse
    /// A job that is enqueued before `start` runs, then or later.
    case runsJobsBeforeStart
    /// With executors: `close` returns at once while another user is left, though a job blocks its thread.
    case countsItsUsers
    /// `start` after the last `close` makes it work again.
    case startsAgain
    /// `close` loses nothing of what is enqueued when it comes.
    case finishesWhatItHas
    /// A job that is enqueued after `close` runs.
    case runsJobsAfterClose
    /// `close` returns without a `start`, and at every further call.
    case closesAnyNumberOfTimes
    /// With executors: `abandon` does not wait, ends a waiting `close`, and moves what waits behind a blocked job.
    case abandonsWithoutWaiting
    /// In a `TaskRunner`, every task runs exactly once, never more than `workers` at a time.
    case runsEachTaskOnce
  }

  /// A promise that was not kept.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public let check: Check
    /// What was seen, as a sentence.
    public let reason: String

    public var description: String { "\(check.rawValue): \(reason)" }
  }

  /// Makes a fresh queue, not started; called at least once a check.
  public let makeQueue: @Sendable () -> any TaskQueue

  /// How long a check may take before it counts as hanging.
  public var patience: Duration

  /// What measures ``patience``.
  public var clock: any Clock<Duration>

  public init(
    patience: Duration = .seconds(60), clock: any Clock<Duration> = ContinuousClock(),
    makeQueue: @escaping @Sendable () -> any TaskQueue
  ) {
    self.patience = patience
    self.clock = clock
    self.makeQueue = makeQueue
  }

  /// Runs one check.
  ///
  /// - Throws: ``Failure`` if the promise is not kept; whatever `start` throws; `CancellationError`.
  public func verify(_ check: Check) async throws {
    try await withPatience(
      patience, on: clock, hung: { Failure(check: check, reason: "hung; it gave no result within \(patience).") }
    ) { try await perform(check) }
  }

  /// Runs all checks, one after the other.
  ///
  /// - Returns: the promises that were not kept; empty if all is well.
  /// - Throws: what `start` throws; `CancellationError`.
  public func verifyAll() async throws -> [Failure] {
    var failures: [Failure] = []
    for check in Check.allCases {
      do { try await verify(check) } catch let failure as Failure { failures.append(failure) }
    }
    return failures
  }
}
