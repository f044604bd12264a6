import Foundation
import Synchronization

@testable import Tadween
@testable import TadweenSQLite

/// One durable broker on a graph of one stage, and a gate at which its steps can be made to wait, or fail.
struct OneStage {
  let graph: WorkflowGraph
  let broker: SQLiteBroker
  let gate: Gate
  let known = Locked(Knowledge())
  var stage: StageID { graph.entries[0] }

  init(_ path: String, inMemory: Int = 100, retention: Retention = .forever) throws {
    var draft = GraphDraft()
    draft.stages = [.init("only")]
    graph = try WorkflowGraph(draft)
    let gate = Gate()
    self.gate = gate
    var options = SQLiteBrokerOptions(
      synchronous: .off, busyTimeout: .milliseconds(50), runsInMemory: inMemory, retention: retention)
    options.failpoint = { try gate.pass($0) }
    broker = SQLiteBroker(path: path, options: options)
  }

  @discardableResult
  func open() async throws -> Recovery { try await broker.open(graph, observer: Announcements(announced)) }

  let announced = Locked<[RunEnd]>([])

  func new(_ number: Int = 1, caller: String? = nil, priority: Int = 0) -> NewRun {
    NewRun(callerID: caller, entry: stage, payload: CourseGraph.payload(number), priority: priority)
  }

  func submit(_ new: NewRun) async throws -> any RunTicket {
    switch try await broker.submit([new]).submissions[0] {
    case .created(let ticket), .existing(let ticket): return ticket
    case .conflict(let run): throw Trouble("\(run) is another")
    }
  }

  /// What is ready now.
  func ready() async -> [Delivery] {
    // A caller that is cancelled waits for nothing.
    await withTaskGroup(of: [Delivery].self) { [broker, stage] group in
      group.cancelAll()
      group.addTask { (try? await broker.receive(from: stage, atMost: .max)) ?? [] }
      return await group.next() ?? []
    }
  }

  @discardableResult
  func succeed(_ deliveries: [Delivery]) async throws -> CommitResult {
    for delivery in deliveries where !delivery.begin() { throw Trouble("\(delivery.key) is not current") }
    let success = Ending.succeeded(Success(CourseGraph.payload(1)))
    return try await broker.commit(deliveries.map { Transition(of: $0, success) })
  }
}

final class Announcements: RunObserver {
  private let ends: Locked<[RunEnd]>
  init(_ ends: Locked<[RunEnd]>) { self.ends = ends }
  func runsDidComplete(_ ends: [RunEnd]) { self.ends.withLock { $0 += ends } }
}

/// What happens at the steps of a broker, as a test has it.
final class Gate: Sendable {
  private struct State {
    var rules: [Failpoint: @Sendable () throws -> Void] = [:]
    var seen: [Failpoint: Int] = [:]
    var watchers: [(step: Failpoint, count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Locked(State())

  func pass(_ step: Failpoint) throws {
    let (rule, due) = state.withLock { state in
      state.seen[step, default: 0] += 1
      let due = state.watchers.filter { $0.step == step && $0.count <= state.seen[step]! }
      state.watchers.removeAll { $0.step == step && $0.count <= state.seen[step]! }
      return (state.rules[step], due)
    }
    for watcher in due { watcher.continuation.resume() }
    try rule?()
  }

  func count(_ step: Failpoint) -> Int { state.withLock { $0.seen[step] ?? 0 } }

  /// Suspends until a step was reached so often.
  func wait(for step: Failpoint, count: Int) async {
    await withCheckedContinuation { continuation in
      let isDue = state.withLock { state in
        if state.seen[step] ?? 0 < count { state.watchers.append((step, count, continuation)) }
        return state.seen[step] ?? 0 >= count
      }
      if isDue { continuation.resume() }
    }
  }

  func set(_ step: Failpoint, _ rule: (@Sendable () throws -> Void)?) { state.withLock { $0.rules[step] = rule } }

  /// The step fails the next time, or the one after so many.
  func fail(_ step: Failpoint, after passes: Int = 0) {
    let left = Locked(passes)
    set(step) {
      let isIt = left.withLock { left in
        left -= 1
        return left == -1
      }
      if isIt { throw Trouble("on purpose") }
    }
  }

  /// The next one who comes to the step blocks their thread until they are let through.
  ///
  /// - Parameter fails: Whether it then fails.
  /// - Returns: Lets them through.
  func hold(_ step: Failpoint, fails: Bool = false) -> @Sendable () -> Void {
    let semaphore = DispatchSemaphore(value: 0)
    let isFirst = Locked(true)
    set(step) {
      guard
        isFirst.withLock({ isFirst in
          defer { isFirst = false }; return isFirst
        })
      else { return }
      semaphore.wait()
      if fails { throw Trouble("on purpose") }
    }
    return { semaphore.signal() }
  }
}
