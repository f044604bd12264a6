import TadweenCore

/// Stages added in another order, links written in another order: the same run must come of it, by names.
///
/// Each link keeps its place among those into the same stage: a join's arguments come in that order, and of two
/// failures the first one there is passed on. So that order is no mere name.
struct Relabelling {
  private var generator: SplitMix

  init(seed: UInt64) { generator = SplitMix(state: seed) }

  /// Runs both graphs with the same random decisions.
  mutating func check(_ model: ModelCase) throws(Violation) {
    guard let other = shuffled(model) else {
      throw Violation(.namesMeanNothing, "the graph is refused when its stages are added in another order")
    }
    let seed = generator.next()
    let one = try run(Layout(model), seed: seed)
    let two = try run(Layout(other), seed: seed)
    if one != two {
      var violation = Violation(.namesMeanNothing, "\(one)\n  in another order of stages \(two)")
      violation.place = model.description
      throw violation
    }
  }

  private mutating func shuffled(_ model: ModelCase) -> ModelCase? {
    var draft = model.draft
    draft.stages.shuffle(using: &generator)
    let targets = draft.stages.map(\.name).shuffled(using: &generator)
    draft.links = targets.flatMap { target in model.draft.links.filter { $0.target == target } }
    let entry = draft.stages.firstIndex { $0.name == model.graph[model.entry].name } ?? 0
    return ModelCase(draft, entry: entry)
  }

  /// One random run, told by names.
  private func run(_ layout: Layout, seed: UInt64) throws(Violation) -> String {
    var random = SplitMix(state: seed)
    var step = try Step.start(layout)
    var told = ""
    let cancelAt = Int.random(in: 0..<20, using: &random)
    var moves = 0
    while step.end == nil {
      let open = layout.activations.indices.filter { step.history.isOpen($0) }.sorted {
        Self.name(of: $0, layout) < Self.name(of: $1, layout)
      }
      guard let number = open.randomElement(using: &random) else { break }
      if moves == cancelAt, !step.history.isFlagged {
        step = try step.taking(.cancel, in: layout)
        told += "cancel; "
      } else if case .ready = step.history[number] {
        step = try step.taking(.begin(number), in: layout)
        told += "begin \(Self.name(of: number, layout)); "
      } else if !step.history.isAgain(number), Int.random(in: 0..<4, using: &random) == 0 {
        step = try step.taking(.retry(number), in: layout)
        told += "retry \(Self.name(of: number, layout)); "
      } else {
        let kinds = Self.sortedEndings(of: number, layout)
        let chosen = kinds[Int.random(in: kinds.indices, using: &random)]
        step = try step.taking(.end(number, kind: chosen.kind), in: layout)
        told += "end \(Self.name(of: number, layout)) \(chosen.name); "
      }
      moves += 1
    }
    return told + Self.tell(step.end)
  }

  private static func name(of number: Int, _ layout: Layout) -> String {
    layout.stage(of: number).name + layout.activations[number].scope.description
  }

  /// The ways to end, in an order that depends on names alone.
  private static func sortedEndings(of number: Int, _ layout: Layout) -> [(name: String, kind: Int)] {
    (0..<layout.endingCount(of: number)).map { kind in
      let name =
        switch layout.ending(kind, of: number) {
        case .succeeded(let success):
          "succeeded without \(success.declined.map { layout.graph[layout.graph[$0].target].name }.sorted())"
            + Self.widths(success, layout.stage(of: number), layout)
        case .failed: "failed"
        case .notTaken: "notTaken"
        case .cancelled: "cancelled"
        case .retried, .parked: "retried"
        }
      return (name, kind)
    }.sorted { $0.name < $1.name }
  }

  private static func widths(_ success: Success, _ stage: WorkflowGraph.Stage, _ layout: Layout) -> String {
    zip(stage.maps, success.widths).map { map, width in
      let targets = layout.graph[map].links.map { layout.graph[layout.graph[$0].target].name }.sorted()
      return " \(width) to \(targets)"
    }.sorted().joined()
  }

  private static func tell(_ end: RunEnd?) -> String {
    guard let end else { return "no end" }
    let outcome =
      switch end.outcome {
      case .succeeded: "succeeded"
      case .cancelled: "cancelled"
      case .failed(let failures): "failed of \(Set(failures).map { $0.stage + $0.scope.description }.sorted())"
      }
    return outcome + ", absorbed \(Set(end.absorbed).map { $0.stage + $0.scope.description }.sorted())"
      + ", \(end.outputs.count) outputs"
  }
}

/// The generator of Steele, Lea and Flood, so that a seed means the same run everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
