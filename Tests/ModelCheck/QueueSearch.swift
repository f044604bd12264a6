/// Searches every state of the model of bounded queues, for the rule as designed and for wrong ones.
///
/// Every move takes a run further, so nothing can go round in circles: where no state is stuck, every state reaches
/// the end. The wrong rules must be found out; a checker that has never failed proves nothing.
struct QueueSearch {
  func run() throws(Violation) {
    for rule in QueueModel.Rule.allCases {
      var tally = Tally()
      let start = ContinuousClock().now
      var stuck: String?
      for model in Self.models(rule) where stuck == nil {
        stuck = try search(model, &tally)
      }
      let seconds = Tally.format(ContinuousClock().now - start)
      if let stuck {
        say("queue model: stuck, as it should be: \(rule.rawValue): \(stuck)")
      } else {
        say("queue model: \(tally.cases) cases, \(tally.states) states, \(seconds) s, none stuck: \(rule.rawValue)")
      }
      if rule.isLive, let stuck { throw Violation(.alwaysAWayOn, "\(rule.rawValue): \(stuck)") }
      if !rule.isLive, stuck == nil {
        throw Violation(.alwaysAWayOn, "the search does not notice that \(rule.rawValue)")
      }
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
      let holds = worker.held == 0 ? "" : " and holds \(names(worker.held))"
      return "\(Pattern.name(stage)) waits with run \(worker.run) for \(names(worker.taken & ~worker.held))\(holds)"
    }
    return "\(links.joined(separator: " ")), bounds \(model.bounds), joins \(model.join): "
      + workers.joined(separator: "; ")
  }
}
