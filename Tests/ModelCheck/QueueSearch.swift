/// Searches every state of the model of bounded queues and units, for the rule as designed and for wrong ones.
///
/// Every move takes a run further, so nothing can go round in circles: where no state is stuck, every state reaches
/// the end. The wrong rules must be found out; a checker that has never failed proves nothing.
struct QueueSearch {
  func run() throws(Violation) {
    for rule in QueueModel.ofQueues { try run(rule, "queue model", Self.models(rule)) }
    for rule in QueueModel.ofUnits { try run(rule, "queue model with units", Self.modelsWithUnits(rule)) }
  }

  private func run(
    _ rule: QueueModel.Rule, _ name: String, _ models: some Sequence<QueueModel>
  ) throws(Violation) {
    var tally = Tally()
    let start = ContinuousClock().now
    var stuck: String?
    for model in models where stuck == nil {
      stuck = try search(model, &tally)
    }
    let seconds = Tally.format(ContinuousClock().now - start)
    if let stuck {
      say("\(name): stuck, as it should be: \(rule.rawValue): \(stuck)")
    } else {
      say("\(name): \(tally.cases) cases, \(tally.states) states, \(seconds) s, none stuck: \(rule.rawValue)")
    }
    if rule.isLive, let stuck { throw Violation(.alwaysAWayOn, "\(rule.rawValue): \(stuck)") }
    if !rule.isLive, stuck == nil {
      throw Violation(.alwaysAWayOn, "the search does not notice that \(rule.rawValue)")
    }
  }

  /// Two to four stages, bounds 1 and 2, two or three runs in flight. Two runs and small graphs come first, so that
  /// what is wrong shows in the smallest case.
  private static func models(_ rule: QueueModel.Rule) -> some Sequence<QueueModel> {
    var models: [QueueModel] = []
    for runs in [2, 3] {
      for stages in 2...(runs == 2 ? 4 : 3) {
        let bounds = [
          Array(repeating: 1, count: stages), Array(repeating: 2, count: stages), (0..<stages).map { 1 + $0 % 2 },
        ]
        for shape in Shape.all(of: stages) {
          for join in QueueModel.Join.allCases {
            for bound in bounds where bound.contains(where: { $0 < runs }) {
              models.append(QueueModel(shape, bounds: bound, runs: runs, join: join, rule: rule))
            }
          }
        }
      }
    }
    return models
  }

  /// Two to four stages, bounds 1 and 2, up to two passes; every way to demand none, one or two of two units where there
  /// are few stages, and every stage that may demand a unit for the rest of its run.
  private static func modelsWithUnits(_ rule: QueueModel.Rule) -> some Sequence<QueueModel> {
    var models: [QueueModel] = []
    for stages in 2...4 {
      let all = Array(repeating: 1, count: stages)
      let bounds = stages == 4 ? [all] : [all, (0..<stages).map { 1 + $0 % 2 }]
      let few = [(1, all), (2, (0..<stages).map { 2 - $0 % 2 }), (2, (0..<stages).map { 1 + $0 % 2 })]
      let demands = stages == 4 ? few : few + product(all.map { _ in [0, 1, 2] }).map { (2, $0) }
      for shape in Shape.all(of: stages) {
        let hasJoin = (0..<stages).contains { shape.incoming($0).count > 1 }
        for join in hasJoin ? QueueModel.Join.allCases : [.all] {
          for (count, attempt) in demands {
            for ofRuns in QueueModel.Units.runStages(of: stages, rule) {
              for passes in stages < 4 ? [0, 1, 2] : ofRuns.isEmpty ? [0, 2] : [1] {
                let units = QueueModel.Units(
                  count: count, ofAttempt: attempt, ofRuns: ofRuns, greatestPasses: passes)
                for bound in bounds {
                  models.append(QueueModel(shape, bounds: bound, runs: 2, join: join, rule: rule, units: units))
                }
              }
            }
          }
        }
      }
    }
    return models
  }

  /// The first stuck state, told; nil where there is none.
  private func search(_ model: QueueModel, _ tally: inout Tally) throws(Violation) -> String? {
    var seen: Set<QueueModel.State> = [model.start]
    var waiting = [model.start]
    tally.cases += 1
    while let state = waiting.popLast() {
      tally.states += 1
      let next = model.successors(of: state)
      if next.isEmpty, !model.isDone(state) { return describe(state, of: model) }
      if !next.isEmpty, model.isDone(state) { throw Violation(.alwaysAWayOn, "something moves after the end") }
      for state in next where seen.insert(state).inserted { waiting.append(state) }
    }
    return nil
  }

  private func describe(_ state: QueueModel.State, of model: QueueModel) -> String {
    let links = model.shape.links.map { Pattern.name($0.source) + "→" + Pattern.name($0.target) }
    let workers = state.workers.indices.filter { state.workers[$0].phase != .idle }.map { stage in
      let worker = state.workers[stage]
      func names(_ positions: Int) -> String {
        model.outgoing[stage].indices.filter { positions >> $0 & 1 == 1 }.map {
          Pattern.name(model.outgoing[stage][$0])
        }
        .joined(separator: ", ")
      }
      var holds = worker.held == 0 ? "" : " and holds \(names(worker.held))"
      if worker.units > 0 { holds += " and holds \(worker.units) of \(model.units.count) units" }
      let wanted = worker.phase == .gathering ? "more units" : names(worker.taken & ~worker.held)
      return "\(Pattern.name(stage)) waits with run \(worker.run) for \(wanted)\(holds)"
    }
    let queued = state.places.indices.filter { state.places[$0] == .queued }.map {
      "run \($0 / model.shape.stages) queued at \(Pattern.name($0 % model.shape.stages))"
    }
    return "\(links.joined(separator: " ")), bounds \(model.bounds), joins \(model.join): "
      + (workers + queued + model.describeUnits(state)).joined(separator: "; ")
  }
}
