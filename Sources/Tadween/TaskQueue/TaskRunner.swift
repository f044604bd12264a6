public import TadweenCore

/// A task queue used alone, without a workflow: submit work, follow it, collect what it returns.
///
/// ```swift
/// let runner = TaskRunner(.threads(2))
/// let ticket = try runner.submit(name: "report.wav") { try transcribe("report.wav") }
/// let words = try await runner.result(of: ticket)
/// try await runner.close(timeout: .seconds(5))
/// ```
/// Tasks start in the order of their submission, as many at once as the queue has workers. How many may wait is not
/// limited: ``submit(name:_:)`` never suspends.
///
/// ## What it keeps
/// Only what is waiting or running. A finished task is forgotten at once; its result lives in its ticket and goes
/// with it. So a runner that has executed a million tasks is as small as a new one, and
/// `status(of:)` of a finished one's id is nil, while its ticket still knows.
///
/// ## Who owns what
/// The runner starts its queue with the first submission and closes it in ``close(timeout:)``. Close every runner. One
/// that is let go instead cancels what it has and abandons the queue, and so does a close that times out: whatever else
/// uses that queue loses its threads too.
///
/// Cost: a submission takes one lock and wakes at most one worker; each run is one task. An idle runner costs its
/// idle workers.
public final class TaskRunner: Sendable {
  private let core: TaskRunnerCore

  /// Makes a runner for `queue`. Nothing is started yet.
  ///
  /// - Parameters:
  ///   - queue: how the tasks are executed; best one that nothing else uses.
  ///   - clock: measures the tasks' timings and the timeout of ``close(timeout:)``.
  public init<C: Clock>(_ queue: some TaskQueue, clock: C = ContinuousClock()) where C.Duration == Duration {
    core = TaskRunnerCore(queue: queue, clock: clock)
  }

  deinit {
    // After a close this finds nothing to do.
    _ = core.abandon("The task runner was let go without being closed")
  }

  /// Adds a task to the end of the line and returns at once.
  ///
  /// `work` runs once, unless it is cancelled before. It sees no task-local values of the caller.
  ///
  /// - Parameters:
  ///   - name: what reports, and the error of a close that timed out, call it.
  ///   - work: what is run.
  /// - Throws: ``TadweenError``: `queueClosed` once ``close(timeout:)`` was called; `cannotStart` if the queue cannot
  ///   start its threads (only the first submission finds out).
  @discardableResult
  public func submit<Value: Sendable>(
    name: String? = nil, _ work: @escaping @Sendable () async throws -> Value
  ) throws(TadweenError) -> TaskTicket<Value> {
    TaskTicket(try core.submit(name: name, work))
  }

  /// Waits for what the task returns; any number of times, by any number of callers.
  ///
  /// - Throws: what the task threw; `CancellationError` if it was cancelled before it started, or if the *calling*
  ///   task is cancelled while it waits (which leaves the submitted one alone); ``TadweenError`` `timedOut` if
  ///   the runner was closed, or let go, before the task returned.
  public func result<Value>(of ticket: TaskTicket<Value>) async throws -> Value {
    try await ticket.record.result()
  }

  /// Where the task stands.
  public func status<Value>(of ticket: TaskTicket<Value>) -> TaskStatus { ticket.record.status }

  /// Where the task stands, or nil once it is finished (see "What it keeps").
  public func status(of id: TaskID) -> TaskStatus? {
    // One whose report is on its way is still known.
    core.roster.withLock { $0[id] }.map(\.status).flatMap { $0.isFinal ? nil : $0 }
  }

  /// Cancels a task. One that waits ends cancelled at once and never starts. One that runs gets task cancellation:
  /// if it then returns a value it has succeeded, if it throws it is cancelled.
  ///
  /// - Returns: false if it was finished already.
  @discardableResult
  public func cancel<Value>(_ ticket: TaskTicket<Value>) -> Bool { !ticket.record.cancel().isFinal }

  /// Cancels a task by its id; likewise.
  @discardableResult
  public func cancel(_ id: TaskID) -> Bool { core.roster.withLock { $0[id] }?.cancel().isFinal == false }

  /// What is waiting or running now, oldest first. Costs a sort of them.
  public var unfinished: [UnfinishedTask] {
    core.roster.withLock { $0.oldestFirst }
      .map { UnfinishedTask(id: $0.id, name: $0.name, status: $0.status) }
      .filter { !$0.status.isFinal }
  }

  /// A report of every task that finishes from now on, in the order in which they do, also where several finish at the
  /// same time; ends with ``close(timeout:)``.
  ///
  /// Any number may listen, each gets every report. Begin to listen before you submit what you want to hear of.
  ///
  /// - Parameter buffering: what is kept for a listener that lags behind: everything, or for instance
  ///   `.bufferingNewest(100)`.
  public func completed(
    buffering: AsyncStream<TaskReport>.Continuation.BufferingPolicy = .unbounded
  ) -> AsyncStream<TaskReport> {
    let (stream, listener) = AsyncStream.makeStream(of: TaskReport.self, bufferingPolicy: buffering)
    let key = core.roster.withLock { roster in roster.isOver ? nil : roster.addListener(listener) }
    guard let key else {
      listener.finish()
      return stream
    }
    listener.onTermination = { [weak core] _ in core?.roster.withLock { $0.removeListener(key) } }
    return stream
  }

  /// Waits until nothing is waiting or running.
  ///
  /// Everything has then its result, and every listener its report. Work submitted meanwhile is waited for too.
  ///
  /// - Throws: `CancellationError` if the calling task is cancelled first; ``TadweenError`` `timedOut` if the
  ///   runner is, or was, closed before everything finished.
  public func waitAll() async throws { try await core.waitUntilIdle() }

  /// Takes no new work, lets what was submitted finish, and gives the queue up.
  ///
  /// What is not finished after `timeout` is cancelled and named in the error; threads that are still busy then end
  /// by themselves, whenever their task returns. Cancelling the calling task has the effect of a timeout that is
  /// over. A second call returns at once, also while the first still waits.
  ///
  /// A task of this runner must not call it, nor ``waitAll()``: it would wait for itself.
  ///
  /// - Parameter timeout: how long to wait, on the runner's clock; nil, the default, for as long as it takes.
  /// - Throws: ``TadweenError`` `timedOut`, which lists the tasks: ``TadweenError/unfinishedTasks``.
  public func close(timeout: Duration? = nil) async throws(TadweenError) {
    guard core.roster.withLock({ $0.close() }) else { return }
    guard await isIdle(within: timeout) else {
      if let error = core.abandon("The task runner closed\(timeout.map { " after \($0)" } ?? "")") { throw error }
      return
    }
    core.finish()
    await core.roster.withLock { $0.crew }?.value
    for _ in 0..<core.roster.withLock({ $0.takeStarts() }) { await core.queue.close() }
  }

  private func isIdle(within timeout: Duration?) async -> Bool {
    guard let timeout else { return (try? await core.waitUntilIdle()) != nil }
    return await withTaskGroup(of: Bool.self) { [core] group in
      group.addTask { (try? await core.waitUntilIdle()) != nil }
      group.addTask {
        try? await core.clock.sleep(for: timeout)
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }
}
