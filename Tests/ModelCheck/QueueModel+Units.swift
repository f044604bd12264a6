/// Units (rule R15): those of an attempt from when a worker takes the message until its handler has returned, those of a
/// run until it is complete.
extension QueueModel {
  /// What there is, and which stages need some of it; nothing by default.
  struct Units {
    /// How many there are for attempts.
    var count = 0
    /// By stage, how many an attempt takes.
    var ofAttempt: [Int] = []
    /// The stages that demand the one unit of a resource of their own, for the rest of the run.
    var ofRuns: [Int] = []
    /// How many grants may pass one that waits.
    var greatestPasses = 0

    func needed(at stage: Int) -> Int { ofAttempt.isEmpty ? 0 : ofAttempt[stage] }

    /// Which stages demand units for runs: none or any one of them; any two where that is the mistake.
    static func runStages(of stages: Int, _ rule: Rule) -> [[Int]] {
      if rule == .twoRunStages {
        return (0..<stages).flatMap { first in (first + 1..<max(stages, first + 1)).map { [first, $0] } }
      }
      return [[]] + (0..<stages).map { [$0] }
    }
  }

  /// A run comes to a stage.
  func enqueue(_ place: Int, _ state: inout State) {
    state.places[place] = .queued
    guard units.needed(at: place % shape.stages) > 0 else { return }
    state.order.append(UInt8(place))
    state.passes.append(0)
  }

  /// Whether another run holds the unit that this one needs for the rest of its way.
  func lacksRunUnit(_ place: Int, _ state: State) -> Bool {
    guard let resource = units.ofRuns.firstIndex(of: place % shape.stages) else { return false }
    return state.holders[resource].map { $0 != place / shape.stages } ?? false
  }

  private func free(_ state: State) -> Int { units.count - state.workers.reduce(0) { $0 + $1.units } }

  /// Those in the order of arrival that are passed if this one is granted its units; nil: it is not.
  func passing(_ place: Int, _ state: State) -> [Int]? {
    if lacksRunUnit(place, state) { return nil }
    let stage = place % shape.stages
    let needed = units.needed(at: stage)
    if needed == 0 || rule == .oneByOne { return [] }
    var (left, passed) = (free(state), [Int]())
    var seen: Set<Int> = [stage]
    for (position, elder) in state.order.map(Int.init).enumerated() {
      if elder == place { break }
      // Of each stage, the first.
      let other = elder % shape.stages
      guard seen.insert(other).inserted else { continue }
      if rule != .barsForWorkers, state.workers[other].phase != .idle { continue }
      if rule != .barsForRunUnits, lacksRunUnit(elder, state) { continue }
      let isServed = left >= units.needed(at: other)
      if isServed || state.passes[position] >= units.greatestPasses {
        left = max(0, left - units.needed(at: other))
      } else {
        passed.append(position)
      }
    }
    return left >= needed ? passed : nil
  }

  /// The message is taken, with its units.
  func grant(_ place: Int, _ passed: [Int], _ state: inout State) {
    let stage = place % shape.stages
    for elder in passed { state.passes[elder] += 1 }
    if let position = state.order.firstIndex(of: UInt8(place)) {
      state.order.remove(at: position)
      state.passes.remove(at: position)
    }
    if let resource = units.ofRuns.firstIndex(of: stage) { state.holders[resource] = place / shape.stages }
    if rule == .oneByOne, units.needed(at: stage) > 0 {
      state.workers[stage].phase = .gathering
    } else {
      state.workers[stage].units = units.needed(at: stage)
    }
  }

  /// One more unit, where they are granted one by one.
  func gather(_ stage: Int, _ state: State, _ found: inout [State]) {
    guard free(state) > 0 else { return }
    var next = state
    next.workers[stage].units += 1
    if next.workers[stage].units == units.needed(at: stage) { next.workers[stage].phase = .working }
    found.append(next)
  }

  /// What the run holds is free, if it is complete.
  func complete(_ run: Int, _ state: inout State) {
    let places = run * shape.stages..<(run + 1) * shape.stages
    guard state.places[places].allSatisfy({ $0 == .over }) else { return }
    for resource in state.holders.indices where state.holders[resource] == run { state.holders[resource] = nil }
  }

  /// What stages need, and who holds units for runs.
  func describeUnits(_ state: State) -> [String] {
    if units.ofAttempt.isEmpty { return [] }
    let holders = zip(units.ofRuns, state.holders).compactMap { stage, run in
      run.map { "run \($0) holds \(Pattern.name(stage))'s" }
    }
    return ["of \(units.count) units attempts take \(units.ofAttempt), \(units.greatestPasses) passes"] + holders
  }
}
