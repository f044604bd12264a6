import TadweenCore

@testable import Tadween
@testable import TadweenTesting

/// Random graphs in simulated worlds: every run ends as the oracle says, whatever goes wrong on the way, and nothing is left
/// over.
struct SimulatedTrial {
  struct Result: Sendable, CustomStringConvertible {
    var graphs = 0
    var stages = 0
    var runs = 0
    var activations = 0
    var outcomes: [RunReport.Outcome: Int] = [:]
    /// How often each option of a stage was drawn.
    var choices = Dictionary(
      uniqueKeysWithValues: (StageChoice.all.map(\.name) + SimulatedCourse.choices).map { ($0, 0) })
    var directives = Dictionary(uniqueKeysWithValues: Witness.directives.map { ($0, 0) })
    var report = Simulation.Report()
    /// A text each: the seed, and what went wrong.
    var mismatches: [String] = []

    var stagesPerGraph: Double { Double(stages) / Double(max(graphs, 1)) }

    /// What never occurred.
    var missing: [String] {
      let faults = report.faults.map { ($0.key.rawValue, $0.value) }
      return (faults + choices.map { ($0.key, $0.value) } + directives.map { ($0.key, $0.value) })
        .filter { $0.1 == 0 }.map(\.0).sorted()
    }

    var description: String {
      func list(_ counts: [String: Int]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      }
      let ends = outcomes.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
      return """
        \(graphs) graphs of \(stagesPerGraph) stages, \(runs) runs (\(ends)), \(activations) activations
          faults: \(report)
          options: \(list(choices))
          directives: \(list(directives))
        """
    }
  }

  var trial: Trial = {
    var trial = Trial(seeds: 0..<0, cancelled: 50)
    trial.odds.fails = 14
    trial.options.cancelsRunOnFailure = 10
    return trial
  }()
  var faults: Simulation.Faults = {
    var faults = Simulation.Faults.all
    faults.chance[.crashed] = 0.3
    faults.chance[.handlerDelayed] = 0.4
    faults.chance[.commitThrew] = 0.15
    return faults
  }()

  /// Where the runs are kept; nil: in memory.
  var makeStore: @Sendable (_ seed: UInt64, SimulatedWorld) -> DurableStore? = { _, _ in nil }

  /// So many graphs, drawn from as many seeds as it takes; drafts that are no graphs are passed over.
  func run(graphs: Int, from first: UInt64 = 0) async -> Result {
    var result = Result()
    var seed = first
    while result.graphs < graphs, result.mismatches.count < 3 {
      await run(seed: seed, into: &result)
      seed += 1
    }
    return result
  }

  func run(seed: UInt64, into result: inout Result) async {
    var trial = trial
    if !SimulatedCourse.hasPolicies(seed) { trial.odds.cancelsBranch = 0 }
    guard let (draft, script) = trial.example(seed) else { return }
    let course = SimulatedCourse(seed: seed, draft, script)
    result.graphs += 1
    result.stages += draft.stages.count
    for name in course.choices { result.choices[name, default: 0] += 1 }
    do {
      let world = SimulatedWorld(seed: seed, faults: faults)
      var simulation = Simulation(seed: seed, faults: faults)
      // Some thousands are many; so what is endless is soon told.
      simulation.steps = 200_000
      let told = try await simulation.run(in: world) { world in
        try await course.run(in: world, over: makeStore(seed, world))
      }
      result.report.add(world)
      result.directives.merge(course.witness.counts, uniquingKeysWith: +)
      for (report, script) in told.reports {
        result.runs += 1
        result.activations += report.visits.count
        result.outcomes[report.outcome, default: 0] += 1
        let problems = Oracle.check(report, draft, script)
        if !problems.isEmpty { result.mismatches.append(trial.describe(seed, draft, script, problems)) }
      }
      let isDeliveredAnew = [.deliveryLost, .deliveryDoubled, .crashed].contains { world.tally[$0] != nil }
      if world.overlaps > 0, !isDeliveredAnew {
        result.mismatches.append(
          trial.describe(seed, draft, script, ["\(world.overlaps) attempts began before the last had returned"]))
      }
      if !told.problems.isEmpty { result.mismatches.append(trial.describe(seed, draft, script, told.problems)) }
    } catch {
      result.mismatches.append(trial.describe(seed, draft, script, ["\(error)"]))
    }
  }
}
