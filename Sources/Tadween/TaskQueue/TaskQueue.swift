/// Where and how many at once: how the runs of a handler are executed.
///
/// Two come with Tadween:
/// - ``concurrent(_:)``: up to n tasks at once, wherever their caller runs. For code that suspends while it waits.
/// - ``threads(_:)``: n threads of its own. For code that blocks or computes, so that it takes no thread from
///   Swift's cooperative pool, on which everything else runs.
///
/// ```swift
/// try workflow.addStage("asr", Recogniser(), options: .init(taskQueue: .threads(2)))   // in a workflow
/// let runner = TaskRunner(.threads(2))                                                 // alone
/// ```
///
/// ## Writing one
/// A queue creates no tasks. Whoever uses it has ``workers`` tasks of their own, numbered from 0, gives task i the
/// executor that ``executor(ofWorker:)`` names, and calls ``start()`` before and ``close()`` after. `TadweenTesting`
/// holds the contract suite, `TaskQueueContract`, which checks all that is promised here.
///
/// ## Who ends it
/// A queue may have several users, at the same time or one after the other: each stage of a workflow is one, from
/// ``Workflow/build()`` to ``Workflow/close(timeout:)``, and so is a ``TaskRunner``. Nobody owns it. It works from the
/// first ``start()`` on until each was answered by a ``close()``, so that one user's end never takes another's threads
/// away; and then it can be started again.
public protocol TaskQueue: Sendable {
  /// How many runs are executed at once; at least 1 and always the same.
  var workers: Int { get }

  /// The executor that worker `index` prefers, in `0..<workers`; nil means wherever its caller runs.
  ///
  /// All workers have one, each its own, or none has. Work passes from one stage to the next without a change of thread
  /// where the queues of both name the same executors.
  ///
  /// Always the same one for the same index. Whatever is enqueued on it runs, at any time: before ``start()`` and
  /// after ``close()`` too, if need be elsewhere, since a task whose job is lost never ends.
  func executor(ofWorker index: Int) -> (any TaskExecutor)?

  /// Counts one more user, and makes the queue ready for the first: starts its threads.
  ///
  /// - Throws: what prevents it, for instance ``TadweenError/Code/cannotStart`` where the system has no more
  ///   threads to give, or ``TadweenError/Code/queueClosed`` after ``abandon()``. Who is refused is no user.
  func start() throws

  /// Counts one user less. For the last, ends the queue: runs what is already enqueued, ends the threads, and returns
  /// when they are joined. While there are others it returns at once and touches nothing.
  ///
  /// To be called once for each ``start()``, when that user's workers have ended. It does not return while a job blocks
  /// its thread; see ``abandon()``. Without a user it does nothing, but for waiting until an end that has begun is over.
  func close() async

  /// Ends the queue for all its users, for good and without waiting: for when a job does not return.
  ///
  /// What waits behind such a job moves elsewhere; a thread that is still at work ends with its job, by itself.
  /// A ``close()`` that waits returns.
  func abandon()
}

extension TaskQueue {
  public func executor(ofWorker index: Int) -> (any TaskExecutor)? { nil }
  public func start() throws {}
  public func close() async {}
  public func abandon() {}
}
