internal import Measure
internal import Tadween

/// A line of stages, beside the same line without what is measured.
struct Comparison {
  let scenario: String
  /// What the measured side is called in the result.
  let name: String
  let items: Int
  let stages: Int
  let workers: Int
  let side: Options.Side
  private let rounds = 5

  init(_ scenario: String, _ name: String, _ options: Options, items: Int, stages: Int, workers: Int) {
    self.scenario = scenario
    self.name = name
    self.items = options.items ?? items
    self.stages = stages
    self.workers = workers
    side = options.side
  }

  /// Medians of both, in turns; of one side alone, for a profiler, one round.
  func measure(
    plain: () async throws -> Line<Item>, other: () async throws -> Line<Item>
  ) async throws -> JSONLine {
    var line = JSONLine(scenario)
    line.add("items", items)
    line.add("stages", stages)
    line.add("workers", workers)
    if side != .both {
      line.add("transitions", items * stages)
      line.add("stage_transitions_per_s", Int(try await rate(items, side == .ours ? other : plain)))
      return line
    }
    var (plainRates, rates): ([Double], [Double]) = ([], [])
    for round in 0...rounds {
      // The first one warms up.
      let count = round > 0 ? items : min(items, 10_000)
      let pair = (try await rate(count, plain), try await rate(count, other))
      if round > 0 {
        plainRates.append(pair.0)
        rates.append(pair.1)
      }
    }
    line.add("plain_per_s", Int(plainRates.median))
    line.add("\(name)_per_s", Int(rates.median))
    line.add("ratio", rates.median / plainRates.median, places: 3)
    return line
  }

  /// Stage transitions a second.
  private func rate(_ items: Int, _ make: () async throws -> Line<Item>) async throws -> Double {
    let line = try await make()
    let time = try await timed { try await line.workflow.process(items) { Item.make($0, bytes: 0) } }
    try await line.workflow.close()
    return Double(items * stages) / time.seconds
  }
}
