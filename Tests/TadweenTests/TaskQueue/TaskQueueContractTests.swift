import Tadween
import TadweenTesting
import Testing

@Suite struct TaskQueueContractTests {
  @Test(arguments: TaskQueueContract.Check.allCases, [1, 3])
  func concurrentKeeps(_ check: TaskQueueContract.Check, workers: Int) async throws {
    try await TaskQueueContract { .concurrent(workers) }.verify(check)
  }

  @Test(arguments: TaskQueueContract.Check.allCases, [1, 5])
  func threadsKeep(_ check: TaskQueueContract.Check, workers: Int) async throws {
    try await TaskQueueContract { .threads(workers) }.verify(check)
  }

  @Test func reportsNothingAboutAGoodQueue() async throws {
    #expect(try await TaskQueueContract { .threads(2) }.verifyAll().isEmpty)
  }

  // A check that has never failed proves nothing.
  @Test(arguments: [
    (Fault.noWorkers, TaskQueueContract.Check.countsItsWorkers),
    (.shrinks, .countsItsWorkers),
    (.oneExecutorForAll, .namesItsExecutors),
    (.someWithout, .namesItsExecutors),
    (.oneExecutorForAll, .blocksNobodyElse),
    (.oneThrowsAway, .runsAllWorkersAtOnce),
    (.losesEarlyJobs, .runsJobsBeforeStart),
    (.losesLateJobs, .runsJobsAfterClose),
    (.firstCloseEnds, .countsItsUsers),
    (.startsOnce, .startsAgain),
    (.doesNotDrain, .finishesWhatItHas),
    (.doesNotAbandon, .abandonsWithoutWaiting),
    (.secondCloseHangs, .closesAnyNumberOfTimes),
    (.doesNotDrain, .runsEachTaskOnce),
  ])
  func finds(_ fault: Fault, _ check: TaskQueueContract.Check) async throws {
    // Short: these are meant to hang, and one that merely was slow is expected to fail all the same.
    let contract = TaskQueueContract(patience: .milliseconds(100)) { FaultyQueue(fault) }
    let failure = await #expect(throws: TaskQueueContract.Failure.self) { try await contract.verify(check) }
    #expect(failure?.check == check)
    #expect(failure?.description.hasPrefix(check.rawValue) == true)
  }
}

enum Fault: Sendable {
  case noWorkers, shrinks, oneExecutorForAll, someWithout, losesEarlyJobs, losesLateJobs, doesNotDrain
  case doesNotAbandon, secondCloseHangs, oneThrowsAway, firstCloseEnds, startsOnce
}

/// A thread queue with something wrong.
private final class FaultyQueue: TaskQueue {
  private let fault: Fault
  private let real = ThreadTaskQueue(workers: 2)
  private let first = Dropper(), second = Dropper()
  private let state = Locked((isStarted: false, isClosed: false, asked: 0))

  init(_ fault: Fault) { self.fault = fault }

  var workers: Int {
    let asked = state.withLock { state in
      state.asked += 1
      return state.asked
    }
    switch fault {
    case .noWorkers: return 0
    case .shrinks: return asked == 1 ? 3 : 2
    default: return 2
    }
  }

  func executor(ofWorker index: Int) -> (any TaskExecutor)? {
    let (isStarted, isClosed, _) = state.withLock { $0 }
    switch fault {
    case .oneExecutorForAll: return real.executor(ofWorker: 0)
    case .someWithout: return index == 0 ? real.executor(ofWorker: 0) : nil
    case .losesEarlyJobs where !isStarted: return [first, second][index]
    case .losesLateJobs where isClosed: return [first, second][index]
    case .doesNotDrain: return [first, second][index]
    case .oneThrowsAway where index == 1: return second
    default: return real.executor(ofWorker: index)
    }
  }

  func start() throws {
    if fault == .startsOnce, state.withLock({ $0.isClosed }) { throw Trouble("once is enough") }
    state.withLock { $0.isStarted = true }
    try real.start()
  }

  func close() async {
    let isSecond = state.withLock { state in
      defer { state.isClosed = true }
      return state.isClosed
    }
    // Never opened.
    if isSecond, fault == .secondCloseHangs { try? await Gate().pass() }
    await real.close()
    if fault == .firstCloseEnds { await real.close() }
  }

  func abandon() {
    if fault != .doesNotAbandon { real.abandon() }
  }
}

/// An executor that forgets its jobs.
private final class Dropper: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) { _ = UnownedJob(job) }
}
