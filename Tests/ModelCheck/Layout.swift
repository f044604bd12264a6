import TadweenCore

/// A case's activations, numbered, with all that the search asks about them again and again.
final class Layout {
  let model: ModelCase
  let graph: WorkflowGraph
  /// Every activation that widths up to 2 can bring about.
  let activations: [Activation]
  private let first: [Int]
  /// By activation: its only delivery, and another one that was never made.
  let deliveries: [Delivery]
  let falseDeliveries: [Delivery]
  /// By activation: the delivery of its second attempt.
  let retries: [Delivery]
  /// By activation: its failure, recognisable wherever it turns up.
  let failures: [Failure]
  /// By stage: how it may end; the last one is the failure.
  let endings: [[Ending]]
  /// By activation: what must have ended before it starts (rule R12: no clean-up while something above runs).
  private(set) var above: [UInt32] = []
  /// By activation inside a map, second items only: pairs of its sub-tree and its sibling's. See ``Explorer/isMirrored``.
  private(set) var mirrors: [[[(Int, Int)]]] = []
  /// By activation: whether its stage runs when cancelled.
  let isSpared: [Bool]
  /// By activation: the joins whose early firing makes it a loser.
  private(set) var losesTo: [[Int]] = []
  /// Whether some join fires before all its tokens are in; then states that differ in what came late are equal to a
  /// user and not to the ledger.
  let isEager: Bool
  let cancelsLosers: Bool
  /// Whether one history can leave one state only.
  ///
  /// Not so with eager joins, as above; nor where several failures can come after the flag, in stages that run when
  /// cancelled, and the first of them is the one that a run which failures cancel is said to have failed of.
  let bytesFollowFromHistory: Bool
  let run = RunID(high: 0, low: 1)
  /// What a run has failed of whose time is over.
  static let cause = Failure(kind: .timeout, typeName: "Timeout", messages: ["too long"], stage: "")

  init(_ model: ModelCase) {
    self.model = model
    graph = model.graph
    var activations: [Activation] = []
    var first: [Int] = []
    for (index, stage) in graph.stages.enumerated() {
      first.append(activations.count)
      let scopes = product(stage.scope.map { _ in [0, 1] })
      activations += scopes.map { Activation(stage: StageID(index), scope: ScopePath($0)) }
    }
    precondition(activations.count < History.lanes, "a history has no room for \(activations.count) activations")
    self.activations = activations
    self.first = first
    let run = run
    deliveries = activations.map {
      Delivery(run: run, key: DeliveryKey(activation: $0), link: nil, input: .join([]), ticket: nil)
    }
    falseDeliveries = activations.map {
      Delivery(run: run, key: DeliveryKey(activation: $0, number: 9), link: nil, input: .join([]), ticket: nil)
    }
    retries = activations.map {
      Delivery(
        run: run, key: DeliveryKey(activation: $0, attempt: 2, number: 2), link: nil, input: .join([]), ticket: nil)
    }
    failures = activations.map {
      Failure(kind: .handler, typeName: "", messages: [], stage: model.graph[$0.stage].name, scope: $0.scope)
    }
    endings = graph.stages.indices.map { model.endings(of: StageID($0)) }
    isSpared = activations.map { model.graph[$0.stage].runsWhenCancelled }
    isEager = graph.stages.contains { $0.rule != .needs }
    cancelsLosers = graph.stages.contains { $0.rule.cancelsLosers }
    bytesFollowFromHistory =
      !isEager && !(graph.cancelsRunOnFailure && graph.stages.contains(where: \.runsWhenCancelled))
    above = Array(repeating: 0, count: activations.count)
    for stage in graph.topologicalOrder {
      for index in numbers(of: stage) { above[index] = closedAbove(activations[index]) }
    }
    mirrors = activations.map(mirrors(of:))
    losesTo = activations.map { activation in
      activations.indices.filter {
        graph[activations[$0].stage].losers.contains(activation.stage)
          && activation.scope.lies(in: activations[$0].scope)
      }
    }
  }

  func number(of activation: Activation) -> Int {
    first[Int(activation.stage.index)] + activation.scope.indices.reduce(0) { $0 * 2 + $1 }
  }

  func numbers(of stage: StageID) -> Range<Int> {
    let start = first[Int(stage.index)]
    return start..<(Int(stage.index) + 1 < first.count ? first[Int(stage.index) + 1] : activations.count)
  }

  func stage(of number: Int) -> WorkflowGraph.Stage { graph[activations[number].stage] }

  /// The order for a second attempt.
  func retry(of number: Int) -> Ending {
    .retried(Retry(AttemptHistory(failures: [failures[number]], elapsed: .zero, delay: .zero)))
  }

  /// The delivery that is open.
  func delivery(_ number: Int, _ history: History) -> Delivery {
    let (generation, crashes) = (history.generation(of: number), history.crashes(of: number))
    if generation == 0, crashes == 0 { return history.isAgain(number) ? retries[number] : deliveries[number] }
    return delivery(number, generation, again: history.isAgain(number), crashes: crashes)
  }

  func delivery(_ number: Int, _ generation: UInt32, again: Bool, crashes: Int) -> Delivery {
    let attempt: UInt32 = again ? 2 : 1
    let key = DeliveryKey(
      activation: activations[number], generation: generation, attempt: attempt, number: attempt + UInt32(crashes))
    return Delivery(run: run, key: key, link: nil, input: .join([]), ticket: nil)
  }

  /// How many ways the activation has to end: those of its stage, and failing.
  func endingCount(of number: Int) -> Int { endings[Int(activations[number].stage.index)].count + 1 }

  /// The ways to end that a plain search tries.
  func plainKinds(of number: Int) -> [Int] {
    let widths = stage(of: number).maps.reduce(1) { product, _ in product * 3 }
    return [widths - 1, failedKind(of: number)]
  }

  /// The failure, whatever it is called: by where it arose.
  func number(of failure: Failure) -> Int? {
    failures.firstIndex { $0.stage == failure.stage && $0.scope == failure.scope }
  }

  /// What an activation ended with whose process died too often: a failure that no commit brought.
  func crashedKind(of number: Int) -> Int { endingCount(of: number) }
  /// What an activation ended with that somebody ended, in a run that nobody told to stop.
  func cutKind(of number: Int) -> Int { endingCount(of: number) + 1 }
  func failedKind(of number: Int) -> Int { endingCount(of: number) - 1 }

  func ending(_ kind: Int, of number: Int) -> Ending {
    let known = endings[Int(activations[number].stage.index)]
    if kind == cutKind(of: number) { return .cancelled(nil) }
    return kind < known.count ? known[kind] : .failed(failures[number])
  }

  /// Eager joins start while their other parents still run: that is what they are for. So nothing is asked of them,
  /// and what lies below one asks for that join, not for what is above it.
  private func closedAbove(_ activation: Activation) -> UInt32 {
    guard graph[activation.stage].rule == .needs else { return 0 }
    return sources(of: activation).reduce(0) { $0 | 1 << UInt32($1) | above[$1] }
  }

  /// The activations whose tokens this one waits for.
  func sources(of activation: Activation) -> [Int] {
    graph[activation.stage].incoming.flatMap { id -> [Int] in
      let link = graph[id]
      switch link.kind {
      case .value, .failure: return [number(of: Activation(stage: link.source, scope: activation.scope))]
      case .each: return [number(of: Activation(stage: link.source, scope: activation.scope.enclosing))]
      case .gather(let map, _):
        let items = [0, 1].map { number(of: Activation(stage: link.source, scope: activation.scope.item($0))) }
        return items + [number(of: Activation(stage: graph[map].source, scope: activation.scope))]
      }
    }
  }

  private func mirrors(of activation: Activation) -> [[(Int, Int)]] {
    let path = activation.scope.indices
    return path.indices.filter { path[$0] == 1 }.map { level in
      let prefix = path.prefix(level + 1)
      let maps = graph[activation.stage].scope.prefix(level + 1)
      let mirrored = activations.indices.filter {
        activations[$0].scope.indices.starts(with: prefix) && graph[activations[$0].stage].scope.starts(with: maps)
      }
      return mirrored.map { number in
        var indices = activations[number].scope.indices
        indices[level] = 0
        return (number, self.number(of: Activation(stage: activations[number].stage, scope: ScopePath(indices))))
      }
    }
  }
}
