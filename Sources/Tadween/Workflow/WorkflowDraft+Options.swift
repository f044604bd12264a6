internal import TadweenCore

/// What the options of stages are checked for when a workflow is built.
extension WorkflowDraft {
  var optionIssues: [GraphIssue] {
    stages.flatMap { stage in
      stage.options.problems.map { GraphIssue.invalidOption(stage.name, option: $0.option, reason: $0.reason) }
    }
  }

  /// What policies need of their stages, and do not find there.
  func stateIssues(_ stores: StageStores) -> [GraphIssue] {
    stores.duplicates.map { GraphIssue.ambiguousStores($0) }
      + stages.flatMap { stage in
        let own = stage.options.stores(beside: stores)
        let remedies = Set(stage.needs.filter { !own.has($0) }.map(\.remedy))
        return own.duplicates.map {
          GraphIssue.invalidOption(
            stage.name, option: "options", reason: "it has two \($0); keep the one that is meant")
        } + remedies.sorted().map { GraphIssue.invalidOption(stage.name, option: "policy", reason: $0) }
      }
  }

  /// Demands that can never be met, or that could have two runs wait for each other (rule R15).
  ///
  /// - Parameter graph: nil where it is wrong itself, so that nothing is known of scopes.
  func demandIssues(_ resources: Resources, _ graph: WorkflowGraph?) -> [GraphIssue] {
    var issues = resources.problems.map { GraphIssue.invalidResource($0.name, reason: $0.reason) }
    for stage in stages {
      for (name, demand) in stage.options.demands.byResource.sorted(by: { $0.key < $1.key }) {
        if let reason = demand.problem(with: name, among: resources) {
          issues.append(.invalidOption(stage.name, option: "demands", reason: reason))
        }
      }
    }
    let holders = stages.filter { $0.options.demands.byResource.values.contains(where: \.isForRun) }
    if holders.count > 1 {
      issues.append(.runUnitsOfSeveralStages(holders.map(\.name)))
    }
    for holder in holders {
      if let graph, let stage = graph.stages.first(where: { $0.name == holder.name }), !stage.scope.isEmpty {
        let reason =
          "it lies in a map, where each item would hold units until the run is complete; demand them above it"
        issues.append(.invalidOption(holder.name, option: "demands", reason: reason))
      }
      for (name, demand) in holder.options.demands.byResource.sorted(by: { $0.key < $1.key }) where demand.isForRun {
        for other in stages where other.options.demands.byResource[name].map({ !$0.isForRun }) ?? false {
          let reason =
            "attempts of \"\(other.name)\" take units of \"\(name)\" too, and could wait for ever for those that runs "
            + "hold; use two resources"
          issues.append(.invalidOption(holder.name, option: "demands", reason: reason))
        }
      }
    }
    return issues
  }
}

extension StageOptions {
  fileprivate var problems: [(option: String, reason: String)] {
    var found: [(String, String)] = []
    if taskQueue.workers < 1 {
      found.append(("taskQueue", "it has \(taskQueue.workers) workers, so nothing could ever run; give it at least 1"))
    }
    if let reason = retry.problem { found.append(("retry", reason)) }
    if let park, park.deadline <= .zero {
      found.append(("park", "nobody can decide within \(park.deadline); use more than nought, or none"))
    }
    if let timeout, timeout <= .zero {
      found.append(("timeout", "no attempt can be done in \(timeout); use more than nought, or none"))
    }
    if let queueTimeout, queueTimeout <= .zero {
      found.append(("queueTimeout", "no message can wait \(queueTimeout); use more than nought, or none"))
    }
    if let reason = batch?.problem { found.append(("batch", reason)) }
    if batch != nil, demands.byResource.values.contains(where: \.isForRun) {
      found.append(
        ("demands", "a batch is of several runs, and cannot hold units for the rest of one; use attempt units"))
    }
    if let reason = rate?.problem { found.append(("rate", reason)) }
    if let timeout = deferral?.timeout, timeout <= .zero {
      found.append(("deferral", "its timeout is \(timeout); use more than nought, or none"))
    }
    if let limit = concurrencyKey?.limit, limit < 1 {
      found.append(("concurrencyKey", "it allows \(limit) of a key; use at least 1"))
    }
    return found
  }
}

extension Demands.Demand {
  fileprivate func problem(with name: String, among resources: Resources) -> String? {
    if units < 1 { return "it demands \(units) of \"\(name)\"; use at least 1" }
    guard let resource = resources.byName[name] else {
      let known = resources.byName.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
      return known.isEmpty
        ? "it demands \"\(name)\", and the workflow has no resources; give it some with resources:"
        : "it demands \"\(name)\", and the workflow has only \(known); mend the name, or add it to the workflow's resources:"
    }
    return units > resource.units
      ? "it demands \(units) of \"\(name)\", of which there are only \(resource.units), so it could never start; demand no "
        + "more, or give the workflow more" : nil
  }
}

extension Resources {
  fileprivate var problems: [(name: String, reason: String)] {
    byName.sorted { $0.key < $1.key }.compactMap { name, resource in
      if resource.units < 1 { return (name, "it has \(resource.units) units; use at least 1") }
      if Set(resource.names).count < resource.names.count { return (name, "two of its units have one name") }
      return nil
    }
  }
}
