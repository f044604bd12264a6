import TadweenCore

/// Runs random graphs along random scripts on some engine, and compares each run with the oracle.
///
/// ```swift
/// let result = await Trial(seeds: 0..<2000).run { _ in EngineRunner() }
/// print(result)
/// #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
/// ```
/// A runner whose run does not end should throw after a while, so that its seed is told.
struct Trial: Sendable {
  struct Result: Sendable, CustomStringConvertible {
    var graphs = 0
    var refused = 0
    var activations = 0
    var outcomes: [RunReport.Outcome: Int] = [:]
    /// A text each: the seed, the graph made as small as it can be, the script's facts, and what does not agree.
    var mismatches: [String] = []

    var description: String {
      let ends = outcomes.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
      return
        "\(graphs) graphs (\(refused) drafts refused), \(activations) activations, \(ends), \(mismatches.count) mismatches"
    }
  }

  var seeds: Range<UInt64>
  var options = RandomGraph.Options()
  var odds = Script.Odds()
  /// How many mismatches are enough.
  var limit = 3

  init(seeds: Range<UInt64>, cancelled: Int = 0) {
    self.seeds = seeds
    odds.cancelled = cancelled
    options.cancelsRunOnFailure = cancelled / 2
  }

  /// The draft and the script of one seed; nil if the draft is no graph.
  func example(_ seed: UInt64) -> (draft: GraphDraft, script: Script)? {
    let draft = RandomGraph.draft(seed: seed, options: options)
    guard (try? WorkflowGraph(draft)) != nil else { return nil }
    return (draft, .random(for: draft, seed: seed, odds: odds))
  }

  func run(_ runner: (_ seed: UInt64) -> some GraphRunner) async -> Result {
    var result = Result()
    for seed in seeds where result.mismatches.count < limit {
      guard let (draft, script) = example(seed) else {
        result.refused += 1
        continue
      }
      result.graphs += 1
      let report: RunReport
      do {
        report = try await runner(seed).run(draft, script)
      } catch {
        result.mismatches.append(describe(seed, draft, script, ["the run threw \(error)"]))
        continue
      }
      result.activations += report.visits.count
      result.outcomes[report.outcome, default: 0] += 1
      let problems = Oracle.check(report, draft, script)
      if problems.isEmpty { continue }
      let (small, found) = await shrink(draft, script, problems, runner(seed))
      result.mismatches.append(describe(seed, small, script, found))
    }
    return result
  }

  /// Leaves out stages and links as long as something still does not agree. The script answers by name, so what stays
  /// behaves as before.
  func shrink(
    _ draft: GraphDraft, _ script: Script, _ problems: [String], _ runner: some GraphRunner
  ) async -> (GraphDraft, [String]) {
    let stages = draft.stages.indices.reversed().map { index in
      var smaller = draft
      let name = smaller.stages.remove(at: index).name
      smaller.links.removeAll { $0.source == name || $0.target == name }
      if smaller.entryPoint == name { smaller.entryPoint = nil }
      return smaller
    }
    let links = draft.links.indices.reversed().map { index in
      var smaller = draft
      smaller.links.remove(at: index)
      return smaller
    }
    for smaller in stages + links where smaller.stages.contains(where: { $0.name == script.entry }) {
      guard smaller.incoming(script.entry).isEmpty, (try? WorkflowGraph(smaller)) != nil else { continue }
      guard let report = try? await runner.run(smaller, script) else { continue }
      let found = Oracle.check(report, smaller, script)
      if !found.isEmpty { return await shrink(smaller, script, found, runner) }
    }
    return (draft, problems)
  }

  func describe(_ seed: UInt64, _ draft: GraphDraft, _ script: Script, _ problems: [String]) -> String {
    var lines = [
      "seed \(seed), entry \(script.entry), cancelled after \(script.cancelAfter.map(String.init) ?? "nothing")"
    ]
    if draft.cancelsRunOnFailure { lines.append("  the first failure cancels the run") }
    for stage in draft.stages {
      let rule = draft.incoming(stage.name).count > 1 ? " \(draft.rule(stage.name))" : ""
      lines.append("  \(stage.name)\(rule)\(stage.runsWhenCancelled ? ", runs when cancelled" : "")")
      for link in draft.incoming(stage.name) {
        let choice = link.choice.map { ", choice \($0)" } ?? ""
        let condition = link.isConditional && link.choice == nil ? ", conditional" : ""
        lines.append("    ← \(link.source): \(link.kind), needs \(link.need)\(choice)\(condition)")
      }
    }
    let alone = Oracle(draft, script)
    for (place, activation) in alone.activations.sorted(by: { $0.key < $1.key }) {
      lines.append("  alone: \(place) \(activation.end)")
    }
    return (lines + problems.map { "  ✘ \($0)" }).joined(separator: "\n")
  }
}
