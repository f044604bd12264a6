import Testing

@testable import TadweenCore

/// A run of a graph, driven by stage names: what a test says is what a reader of the rules would say.
struct TestRun {
  let graph: WorkflowGraph
  private(set) var ledger = RunLedger(run: RunID(high: 0, low: 1))
  /// Everything that was delivered, in order.
  private(set) var started: [Delivery] = []
  private(set) var interrupted: [String] = []
  /// Every completion that was announced.
  private(set) var ends: [RunEnd] = []
  /// What every stage put out whose output the ledger let go.
  private(set) var released: [String] = []

  init(_ draft: GraphDraft, at entry: String = "a", payload: Payload = .nothing) throws {
    graph = try WorkflowGraph(draft)
    var directives = Directives()
    ledger.start(at: try #require(graph.stage(named: entry)), with: payload, in: graph, into: &directives)
    note(directives)
  }

  /// The stages that have started so far, with their map items: `b`, `c[0]`.
  var startedNames: [String] { started.map { name($0.key.activation) } }

  /// The stages that are ready or running.
  var open: [String] { ledger.openActivations.map(name) }

  var outcome: RunEnd.Outcome? { ends.last?.outcome }

  /// The stages of the failures that made the run fail.
  var failedStages: [String] {
    guard case .failed(let failures) = outcome else { return [] }
    return failures.map { $0.stage + $0.scope.description }
  }

  var absorbedStages: [String] { ends.last?.absorbed.map { $0.stage + $0.scope.description } ?? [] }

  func delivery(to stage: String, _ scope: Int...) -> Delivery? {
    started.last { name($0.key.activation) == stage + ScopePath(scope).description }
  }

  /// The classes of the tokens that a join started with; `-` for what it did not wait for.
  func tokens(into stage: String, _ scope: Int...) -> [String] {
    let found = started.last { name($0.key.activation) == stage + ScopePath(scope).description }
    switch found?.input {
    case .join(let tokens): return tokens.map { $0.map(Self.describe) ?? "-" }
    case .single: return ["succeeded"]
    case .caught: return ["caught"]
    case nil: return []
    }
  }

  @discardableResult
  mutating func begin(_ stage: String, _ scope: Int...) -> Bool { ledger.begin(key(stage, scope)) }

  @discardableResult
  mutating func succeed(_ stage: String, _ scope: Int..., without declined: [String] = [], widths: [Int] = [])
    -> CommitDisposition
  {
    let links = graph.links.indices.filter { link in
      name(graph.links[link].source) == stage && declined.contains(name(graph.links[link].target))
    }
    let success = Success(Payload(stage), declined: links.map { LinkID($0) }, widths: widths)
    return end(stage, scope, .succeeded(success))
  }

  @discardableResult
  mutating func fail(_ stage: String, _ scope: Int...) -> CommitDisposition {
    end(stage, scope, .failed(Self.failure(of: stage, ScopePath(scope))))
  }

  /// Its policy leaves the branch out.
  @discardableResult
  mutating func skip(_ stage: String, _ scope: Int...) -> CommitDisposition { end(stage, scope, .notTaken) }

  mutating func cancel(because cause: Failure? = nil) {
    var directives = Directives()
    ledger.cancel(because: cause, in: graph, into: &directives)
    note(directives)
  }

  @discardableResult
  mutating func redrive(_ letters: [DeadLetter.ID]? = nil) -> Redrive {
    var directives = Directives()
    let redrive = ledger.redrive(letters, in: graph, into: &directives)
    note(directives)
    return redrive
  }

  /// Commits for a delivery that is not the one that is out.
  mutating func commit(_ key: DeliveryKey, _ ending: Ending) -> CommitDisposition {
    var directives = Directives()
    let delivery = Delivery(run: ledger.run, key: key, link: nil, input: .join([]), ticket: nil)
    let disposition = ledger.apply(Transition(of: delivery, ending), in: graph, into: &directives)
    note(directives)
    return disposition
  }

  func key(_ stage: String, _ scope: [Int]) -> DeliveryKey {
    DeliveryKey(activation: Activation(stage: graph.stage(named: stage) ?? StageID(-1), scope: ScopePath(scope)))
  }

  var state: [UInt8] {
    var bytes: [UInt8] = []
    ledger.encodeState(into: &bytes)
    return bytes
  }

  static func failure(of stage: String, _ scope: ScopePath = .root) -> Failure {
    Failure(kind: .handler, typeName: "Error", messages: ["it broke"], stage: stage, scope: scope)
  }

  private mutating func end(_ stage: String, _ scope: [Int], _ ending: Ending) -> CommitDisposition {
    commit(key(stage, scope), ending)
  }

  private mutating func note(_ directives: Directives) {
    started += directives.deliveries
    interrupted += directives.interrupts.map { name($0.key.activation) }
    ends += directives.completions
    released += directives.released.map {
      if case .succeeded(let payload, _) = $0 { payload.value() ?? "?" } else { Self.describe($0) }
    }
  }

  private func name(_ activation: Activation) -> String { name(activation.stage) + activation.scope.description }
  private func name(_ stage: StageID) -> String { graph[stage].name }

  private static func describe(_ token: Token) -> String {
    switch token {
    case .succeeded: "succeeded"
    case .caught: "caught"
    case .notTaken: "notTaken"
    case .cancelled: "cancelled"
    case .failed: "failed"
    case .gathered(let items): "[\(items.map(describe).joined(separator: ", "))]"
    }
  }
}
