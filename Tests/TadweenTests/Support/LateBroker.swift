@testable import Tadween

/// A broker that announces completions when a test says so: long after the commit that brought them about.
final class LateBroker: Broker, RunObserver {
  private let base = InMemoryBroker.inMemory
  private let state = Locked(State())

  private struct State: Sendable {
    var observer: (any RunObserver)?
    var ends: [RunEnd] = []
  }

  var handsOver: Bool { base.handsOver }
  var payloadEncoding: PayloadEncoding? { base.payloadEncoding }

  func open(_ graph: WorkflowGraph, observer: any RunObserver) throws -> Recovery {
    state.withLock { $0.observer = observer }
    return try base.open(graph, observer: self)
  }

  func runsDidComplete(_ ends: [RunEnd]) { state.withLock { $0.ends += ends } }

  /// Tells what was kept back.
  func announce() {
    let (observer, ends) = state.withLock { state in
      defer { state.ends = [] }
      return (state.observer, state.ends)
    }
    observer?.runsDidComplete(ends)
  }

  func submit(_ runs: [NewRun]) throws -> SubmitResult { try base.submit(runs) }
  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] { [] }
  func commit(_ transitions: [Transition]) throws -> CommitResult { try base.commit(transitions) }
  func control(_ command: RunCommand) throws -> CommitResult { try base.control(command) }
  func close(timeout: Duration?) { base.close(timeout: timeout) }
}
