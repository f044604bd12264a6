import TadweenCore

/// Draws drafts of 1 to 10 stages from a seed: most of them valid by construction, all of one kind of thing that the
/// public interface can build.
struct RandomGraph {
  struct Options: Sendable {
    /// Every queue takes one message (R17).
    var allBoundsOne = false
    /// How often the first failure cancels the run, in percent.
    var cancelsRunOnFailure = 0
    /// How often a stage runs when cancelled, in percent.
    var runsWhenCancelled = 15
    var maximumStages = 10

    init() {}
  }

  /// What the next stage may need to know of an earlier one.
  private struct Stage {
    var name: String
    var maps: [Int] = []
    /// Whether a condition or a choice may leave it out within its innermost map.
    var mayBeSkipped = false
    /// What holds if it succeeded: entry, arms of choices and failures that brought it here.
    var facts: [String: String] = [:]
    var outputs = 0
  }

  private let options: Options
  private var random: SplitMix64
  private var draft = GraphDraft()
  private var stages: [Stage] = []
  private var limit: Int
  /// What held for the source of a map: all that a gather of it needs.
  private var mapFacts: [Int: (facts: [String: String], mayBeSkipped: Bool)] = [:]

  static func draft(seed: UInt64, options: Options = Options()) -> GraphDraft {
    var generator = RandomGraph(seed: seed, options: options)
    return generator.draw()
  }

  private init(seed: UInt64, options: Options) {
    self.options = options
    random = SplitMix64(seed: seed)
    // 1…10, six on average.
    limit = Int.random(in: 0...6, using: &random) + Int.random(in: 0...6, using: &random)
    limit = min(max(limit, 1), options.maximumStages)
  }

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
  private mutating func pick<T>(_ items: [T]) -> T { items[Int.random(in: 0..<items.count, using: &random)] }

  // MARK: Growing

  private mutating func draw() -> GraphDraft {
    draft.cancelsRunOnFailure = chance(options.cancelsRunOnFailure)
    add(Stage(name: "s0"))
    while stages.count < limit { grow() }
    let entries = stages.map(\.name).filter { name in !draft.links.contains { $0.target == name } }
    if chance(50) { draft.entryPoint = pick(entries) }
    return draft
  }

  private mutating func grow() {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<5: addEntry()
    case 5..<28: follow(pickSource())
    case 28..<35: followFailure(of: pickSource())
    case 35..<45: choose(from: pickSource())
    case 45..<60: open(from: pickSource())
    case 60..<75: gatherAlone()
    default: join()
    }
  }

  private mutating func add(_ stage: Stage) {
    stages.append(stage)
    draft.stages.append(
      .init(
        stage.name, runsWhenCancelled: chance(options.runsWhenCancelled), keepsOutput: chance(10),
        bound: options.allBoundsOne || chance(10) ? 1 : chance(10) ? 3 : nil))
  }

  private var next: String { "s\(stages.count)" }

  /// Rather one that leads nowhere yet, so that graphs become deep, too.
  private mutating func pickSource() -> Int {
    let open = stages.indices.filter { stages[$0].outputs == 0 }
    return !open.isEmpty && chance(60) ? pick(open) : pick(Array(stages.indices))
  }

  private mutating func addEntry() {
    guard draft.links.isEmpty || stages.count < 5 else { return follow(pickSource()) }
    add(Stage(name: next, facts: ["entry": next]))
    if stages[0].facts.isEmpty {
      for index in stages.indices { stages[index].facts["entry"] = stages[index].facts["entry"] ?? "s0" }
    }
  }

  private mutating func link(
    _ source: Int, _ target: String, _ kind: GraphDraft.Link.Kind = .value, need: Need = .value,
    conditional: Bool = false, choice: Int? = nil, join: Int? = nil
  ) {
    stages[source].outputs += 1
    draft.links.append(
      .init(
        stages[source].name, target, kind: kind, need: need, isConditional: conditional, choice: choice, join: join))
  }

  private mutating func follow(_ source: Int) {
    let conditional = chance(35)
    let need = chance(12) ? pick([Need.ifTaken, .outcome]) : .value
    var stage = stages[source]
    (stage.name, stage.outputs) = (next, 0)
    stage.mayBeSkipped = stage.mayBeSkipped || conditional
    link(source, next, need: need, conditional: conditional, join: need == .value ? nil : draft.newJoin())
    add(stage)
  }

  private mutating func followFailure(of source: Int) {
    var stage = stages[source]
    (stage.name, stage.outputs, stage.mayBeSkipped) = (next, 0, true)
    stage.facts["end of \(stages[source].name)"] = "failed"
    link(source, next, .failure)
    add(stage)
  }

  private mutating func choose(from source: Int) {
    let arms = min(Int.random(in: 2...3, using: &random), limit - stages.count)
    guard arms > 0 else { return }
    let choice = draft.newChoice()
    let hasOtherwise = chance(50)
    for arm in 0..<arms {
      var stage = stages[source]
      (stage.name, stage.outputs, stage.mayBeSkipped) = (next, 0, true)
      stage.facts["choice \(choice)"] = next
      link(source, next, conditional: !(hasOtherwise && arm == arms - 1), choice: choice)
      add(stage)
    }
  }

  private mutating func open(from source: Int) {
    guard stages[source].maps.count < 2 else { return gatherAlone() }
    let map = draft.newMap()
    mapFacts[map] = (stages[source].facts, stages[source].mayBeSkipped)
    for _ in 0..<min(pick([1, 1, 1, 2, 2, 3]), limit - stages.count) {
      var stage = stages[source]
      (stage.name, stage.outputs, stage.mayBeSkipped) = (next, 0, false)
      stage.maps.append(map)
      link(source, next, .each(map))
      add(stage)
    }
  }

  private mutating func gatherRule(of source: Int) -> GatherRule {
    let share = pick([0, 0.3, 0.5, 0.9, 1])
    let lenient: [GatherRule] = [.ifTaken, .outcome, .atLeast(share)]
    return pick(stages[source].mayBeSkipped ? lenient : lenient + [.all, .all])
  }

  private mutating func gatherAlone() {
    let inside = stages.indices.filter { !stages[$0].maps.isEmpty }
    let fresh = inside.filter { stages[$0].outputs == 0 }
    guard let source = fresh.randomElement(using: &random) ?? inside.randomElement(using: &random) else {
      return follow(pickSource())
    }
    let (facts, mayBeSkipped) = mapFacts[stages[source].maps.last ?? 0] ?? ([:], true)
    let stage = Stage(name: next, maps: stages[source].maps.dropLast(), mayBeSkipped: mayBeSkipped, facts: facts)
    link(source, next, .gather(gatherRule(of: source)))
    add(stage)
  }

  // MARK: Joins

  private enum Arm: CaseIterable { case value, failure, gather }

  private mutating func join() {
    let eager = chance(40)
    let wanted = Int.random(in: 2...4, using: &random)
    // All parents lie in one scope: those of some stage, or of a map around it.
    var place = pick(stages).maps
    if !place.isEmpty, chance(40) { place.removeLast() }
    var parents: [(source: Int, arm: Arm)] = []
    // Two rules want parents of one type.
    let only: Arm? = eager ? pick([.value, .value, .value, .failure, .gather]) : nil
    let eagerRule = pick([GatherRule.ifTaken, .outcome, .atLeast(0.5)])
    for source in stages.indices.shuffled(using: &random) where parents.count < wanted {
      let inside = stages[source].maps == place
      let gathers = stages[source].maps.count == place.count + 1 && stages[source].maps.starts(with: place)
      guard inside || gathers else { continue }
      let arm = only ?? (gathers ? .gather : chance(20) ? .failure : .value)
      if (arm == .gather) == gathers { parents.append((source, arm)) }
    }
    guard parents.count >= 2 else { return follow(pickSource()) }
    parents.sort { $0.source < $1.source }
    if chance(30) { parents.shuffle(using: &random) }

    let rule: JoinRule =
      !eager
      ? .needs
      : chance(50)
        ? .anySucceeded(cancelLosers: chance(40))
        : .quorum(Int.random(in: 1...parents.count, using: &random), cancelLosers: chance(40))
    let number = draft.newJoin(rule)
    var stage = Stage(name: next, maps: place)
    for (source, arm) in parents {
      let facts = self.facts(of: source, arm)
      // Two parents that exclude each other cannot both be needed.
      let excluded = facts.contains { key, value in stage.facts[key].map { $0 != value } ?? false }
      var need = chance(50) ? Need.value : pick([.ifTaken, .outcome])
      if eager { need = .value } else if excluded, need == .value { need = pick([.ifTaken, .outcome]) }
      let conditional = arm == .value && chance(20)
      switch arm {
      case .value: link(source, next, need: need, conditional: conditional, join: number)
      case .failure: link(source, next, .failure, need: need, join: number)
      case .gather:
        link(source, next, .gather(eager ? eagerRule : gatherRule(of: source)), need: need, join: number)
      }
      let outer =
        arm == .gather ? mapFacts[stages[source].maps.last ?? 0]?.mayBeSkipped ?? true : stages[source].mayBeSkipped
      stage.mayBeSkipped = stage.mayBeSkipped || outer || conditional || arm == .failure
      if need == .value, !eager { stage.facts.merge(facts) { old, _ in old } }
    }
    add(stage)
  }

  private func facts(of source: Int, _ arm: Arm) -> [String: String] {
    var facts = arm == .gather ? mapFacts[stages[source].maps.last ?? 0]?.facts ?? [:] : stages[source].facts
    if arm != .gather { facts["end of \(stages[source].name)"] = arm == .failure ? "failed" : "succeeded" }
    return facts
  }
}
