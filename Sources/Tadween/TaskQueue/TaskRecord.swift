internal import TadweenCore

/// A task as its runner sees it, whatever it returns.
protocol QueuedTask: AnyObject, Sendable {
  var id: TaskID { get }
  var name: String? { get }
  var status: TaskStatus { get }

  /// Executes the task as `worker` and returns when it has returned, or at once if it was cancelled meanwhile.
  func run(worker: Int, on executor: (any TaskExecutor)?) async
  /// Waiting: it ends cancelled. Running: its task is cancelled. Finished: nothing. Which of these it was.
  func cancel() -> TaskStatus
  /// Whoever waits for the result is told that nobody will.
  func giveUp(_ error: TadweenError)
}

/// One submitted task: its work, its state and, at the end, its result.
///
/// It decides alone how it ends, so that of a cancel and a start, or a cancel and an end, exactly one wins.
final class TaskRecord<Value: Sendable>: QueuedTask {
  typealias Work = @Sendable () async throws -> Value

  private enum Phase {
    case waiting(Work)
    case running(Running)
    case finished(Result<Value, any Error>, TaskStatus)
  }

  private struct Running {
    let worker: Int
    let started: Duration
    var task: Task<Void, Never>?
    var isCancelled = false
  }

  private enum Cancelling {
    // The work leaves with it, and goes after unlocking: what it holds may call back when it goes.
    case end(TaskReports.Batch, [WaitList<Value>.Waiter], Work)
    case cancel(Task<Void, Never>?)
    case nothing(TaskStatus)
  }

  private struct State {
    var phase: Phase
    var readers = WaitList<Value>()
    var givenUp: TadweenError?
  }

  let id: TaskID
  let name: String?
  private let submitted: Duration
  private let core: TaskRunnerCore
  private let state: Locked<State>

  init(id: TaskID, name: String?, submitted: Duration, core: TaskRunnerCore, work: @escaping Work) {
    self.id = id
    self.name = name
    self.submitted = submitted
    self.core = core
    state = Locked(State(phase: .waiting(work)))
  }

  var status: TaskStatus {
    state.withLock { state in
      switch state.phase {
      case .waiting: .waiting
      case .running: .running
      case .finished(_, let status): status
      }
    }
  }

  /// Waits for the result. If the caller's task is cancelled, only the waiting ends.
  func result() async throws -> Value {
    try await state.wait(in: \.readers) { state in
      if case .finished(let result, _) = state.phase { return result }
      return state.givenUp.map { .failure($0) }
    }
  }

  func run(worker: Int, on executor: (any TaskExecutor)?) async {
    guard let work = begin(worker: worker) else { return }
    // Unstructured: only a task with a handle can be cancelled alone, and from any thread while it blocks its own.
    let task = Task(executorPreference: executor) {
      do { self.end(.success(try await work())) } catch { self.end(.failure(error)) }
    }
    if attach(task) { task.cancel() }
    await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }

  func cancel() -> TaskStatus {
    let now = core.elapsed()
    let step = state.withLock { state -> Cancelling in
      switch state.phase {
      case .waiting(let work):
        state.phase = .finished(.failure(CancellationError()), .cancelled)
        let report = TaskReport(
          id: id, name: name, status: .cancelled, error: CancellationError(), worker: nil,
          submitted: submitted, started: nil, finished: now)
        return .end(core.note(report, of: self), state.readers.takeAll(), work)
      case .running(var running):
        running.isCancelled = true
        state.phase = .running(running)
        return .cancel(running.task)
      case .finished(_, let status):
        return .nothing(status)
      }
    }
    switch step {
    case .end(let reports, let readers, _):
      core.tell(reports)
      for reader in readers { reader.resume(throwing: CancellationError()) }
      return .waiting
    case .cancel(let task):
      task?.cancel()
      return .running
    case .nothing(let status):
      return status
    }
  }

  func giveUp(_ error: TadweenError) {
    let readers = state.withLock { state -> [WaitList<Value>.Waiter] in
      state.givenUp = error
      return state.readers.takeAll()
    }
    for reader in readers { reader.resume(throwing: error) }
  }

  private func begin(worker: Int) -> Work? {
    let now = core.elapsed()
    return state.withLock { state in
      guard case .waiting(let work) = state.phase else { return nil }
      state.phase = .running(Running(worker: worker, started: now))
      return work
    }
  }

  /// True if the task was cancelled before its handle was known, and is now to be cancelled by it.
  private func attach(_ task: Task<Void, Never>) -> Bool {
    state.withLock { state in
      guard case .running(var running) = state.phase else { return false }
      running.task = task
      state.phase = .running(running)
      return running.isCancelled
    }
  }

  private func end(_ result: Result<Value, any Error>) {
    let now = core.elapsed()
    let ended = state.withLock { state -> (TaskReports.Batch, [WaitList<Value>.Waiter])? in
      guard case .running(let running) = state.phase else { return nil }
      let (status, error): (TaskStatus, (any Error)?) =
        switch result {
        case .success: (.succeeded, nil)
        case .failure(let error): (running.isCancelled ? .cancelled : .failed, error)
        }
      state.phase = .finished(result, status)
      let report = TaskReport(
        id: id, name: name, status: status, error: error, worker: running.worker,
        submitted: submitted, started: running.started, finished: now)
      return (core.note(report, of: self), state.readers.takeAll())
    }
    guard let (reports, readers) = ended else { return }
    core.tell(reports)
    for reader in readers { reader.resume(with: result) }
  }
}
