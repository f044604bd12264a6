import Synchronization
import Tadween

// The broker of the article WritingABroker, as it stands there.

final class StoredRun: RunTicket {
  let new: NewRun
  let ledger: Mutex<RunLedger>

  init(_ new: NewRun) {
    self.new = new
    ledger = Mutex(RunLedger(run: new.id))
  }

  func begin(_ key: DeliveryKey) -> Bool { ledger.withLock { $0.begin(key) } }
  var run: RunID { new.id }
  var metadata: Metadata { new.metadata }
  var end: RunEnd? { ledger.withLock { $0.end } }
  var round: Int { ledger.withLock { $0.round } }
  func end(of round: Int) -> RunEnd? { ledger.withLock { $0.end(of: round) } }
}

final class LedgerBroker: Broker {
  private struct State {
    var graph: WorkflowGraph?
    var observer: (any RunObserver)?
    var callers: [String: StoredRun] = [:]
  }
  private let state = Mutex(State())

  var handsOver: Bool { true }
  var payloadEncoding: PayloadEncoding? { nil }

  func open(_ graph: WorkflowGraph, observer: any RunObserver) async throws -> Recovery {
    try state.withLock { state in
      guard state.graph == nil else { throw TadweenError(.wrongPhase, "The broker serves a workflow already.") }
      state = State(graph: graph, observer: observer)
    }
    return Recovery()
  }

  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] { [] }

  func close(timeout: Duration?) async throws { state.withLock { $0 = State() } }

  private var graph: WorkflowGraph {
    get throws {
      guard let graph = state.withLock({ $0.graph }) else {
        throw TadweenError(.brokerClosed, "The broker is not open.")
      }
      return graph
    }
  }

  func submit(_ runs: [NewRun]) async throws -> SubmitResult {
    let graph = try graph
    var result = SubmitResult()
    var directives = Directives()
    for new in runs { result.submissions.append(create(StoredRun(new), in: graph, &directives)) }
    result.deliveries = directives.deliveries
    return result
  }

  func commit(_ transitions: [Transition]) async throws -> CommitResult {
    let graph = try graph
    var result = CommitResult()
    for (position, transition) in transitions.enumerated() {
      guard let run = transition.ticket as? StoredRun else {
        result.stale.append(position)
        continue
      }
      var directives = Directives()
      let (disposition, isCut) = run.ledger.withLock { ledger in
        // Asked before: what ends has no more to be cut.
        let isCut = ledger.isCut(transition.key.activation, in: graph)
        return (ledger.apply(transition, in: graph, into: &directives), isCut)
      }
      if disposition == .stale {
        result.stale.append(position)
      } else if isCut, transition.ending.hasFailed {
        result.cut.append(position)
      }
      carryOut(directives, &result)
    }
    return result
  }

  func control(_ command: RunCommand) async throws -> CommitResult {
    let graph = try graph
    var result = CommitResult()
    var directives = Directives()
    switch command {
    case .cancel(let ticket, let cause):
      guard let run = ticket as? StoredRun else { break }
      run.ledger.withLock { $0.cancel(because: cause, in: graph, ticket: run, into: &directives) }
    case .redrive(let ticket, let letters):
      guard let run = ticket as? StoredRun else { break }
      result.redrive = run.ledger.withLock { $0.redrive(letters, in: graph, ticket: run, into: &directives) }
    case .unpark(let ticket, let key, let decision):
      guard let run = ticket as? StoredRun else { break }
      let isParked = run.ledger.withLock { $0.unpark(key, decision, in: graph, ticket: run, into: &directives) }
      if !isParked { result.stale = [0] }
    }
    carryOut(directives, &result)
    return result
  }
}

extension LedgerBroker {
  private func carryOut(_ directives: Directives, _ result: inout CommitResult) {
    result.deliveries += directives.deliveries
    result.interrupts += directives.interrupts
    if !directives.completions.isEmpty { state.withLock { $0.observer }?.runsDidComplete(directives.completions) }
  }
}

extension LedgerBroker {
  private func create(_ run: StoredRun, in graph: WorkflowGraph, _ directives: inout Directives) -> Submission {
    let known = state.withLock { state -> StoredRun? in
      if let caller = run.new.callerID {
        if let known = state.callers[caller] { return known }
        state.callers[caller] = run
      }
      run.ledger.withLock {
        $0.start(at: run.new.entry, with: run.new.payload, in: graph, ticket: run, into: &directives)
      }
      return nil
    }
    guard let known else { return .created(run) }
    return known.new.payload.isEqual(to: run.new.payload) ? .existing(known) : .conflict(known.run)
  }
}
