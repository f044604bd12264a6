import TadweenCore

/// Compares a run of the engine with what the rules permit.
extension Oracle {
  /// Everything in the report that the rules do not permit; empty if nothing.
  static func check(_ report: RunReport, _ draft: GraphDraft, _ script: Script) -> [String] {
    var oracle = Oracle(draft, script, following: report)
    oracle.checkVisits(report)
    let flag = oracle.checkCuts(report)
    oracle.checkOutcome(report, flag)
    oracle.checkFailures(report)
    oracle.checkOutputs(report)
    return oracle.problems
  }

  /// What the oracle, left alone, would report.
  var imagined: RunReport {
    var report = RunReport()
    let own = activations.keys.filter(failedItself).sorted()
    let surfaced = sinkFailures.compactMap { $0.value.min() }
    report.visits = activations.filter(\.value.visited).keys.sorted().map { place in
      RunReport.Visit(
        place, input: script.ending(place) == .cancelBranch ? nil : activations[place]?.permitted.first?.first)
    }
    report.failures = Set(surfaced.isEmpty && draft.cancelsRunOnFailure ? own : surfaced).sorted()
    report.absorbed = own.filter { !report.failures.contains($0) }
    report.outcome =
      !report.failures.isEmpty ? .failed : activations.values.contains(where: \.cut) ? .cancelled : .succeeded
    report.outputs = Dictionary(uniqueKeysWithValues: sinks.map { ($0, outputs(of: $0)) })
    report.cancelRequested = script.cancelAfter != nil
    return report
  }

  /// Stages whose outgoing links, if any, are all failure links (R9).
  var sinks: [String] {
    draft.stages.map(\.name).filter { stage in
      draft.outgoing(stage).allSatisfy { if case .failure = $0.kind { true } else { false } }
    }
  }

  func outputs(of stage: String) -> [String] {
    activations.filter { $0.key.stage == stage }.sorted { $0.key < $1.key }.compactMap { _, activation in
      if case .succeeded(let output) = activation.end { output } else { nil }
    }
  }

  private var ends: [Place: End] { activations.mapValues(\.end).merging(neverOpened) { ran, _ in ran } }

  /// Whether a sink was cut, by whatever cut it, or could not run because of that.
  private var isSinkCut: Bool {
    ends.contains { place, end in
      if case .ended(.cancelled, _) = end { sinks.contains(place.stage) } else { false }
    }
  }

  /// The sinks that make the run fail, each with the root causes that it may name.
  var sinkFailures: [Place: Set<Place>] {
    ends.compactMapValues { end in
      if case .ended(.failed, let causes) = end { causes } else { nil }
    }.filter { place, _ in
      // A failure that its own failure link took does not count there.
      sinks.contains(place.stage) && !(failedItself(place) && !draft.outgoing(place.stage).isEmpty)
    }
  }

  // MARK: What ran

  private mutating func checkVisits(_ report: RunReport) {
    for (place, count) in Dictionary(report.visits.map { ($0.place, 1) }, uniquingKeysWith: +) where count > 1 {
      problems.append("\(place) ran \(count) times")
    }
    for visit in report.visits where activations[visit.place]?.visited != true {
      problems.append("\(visit.place) ran with \(visit.input ?? "no input"), but \(whyNot(visit.place))")
    }
  }

  private func whyNot(_ place: Place) -> String {
    guard let activation = activations[place] else { return "there is no such activation" }
    switch activation.end {
    case .ended(.notTaken, _) where draft.incoming(place.stage).isEmpty: return "the submission went to \(script.entry)"
    case .ended(let severity, let causes):
      return "should have died \(severity)\(causes.isEmpty ? "" : " of \(list(causes))")"
    case .succeeded: return "should not have"
    }
  }

  // MARK: What did not run though it could have

  /// Whether the flag of R12 must have cut something, or may have.
  private mutating func checkCuts(_ report: RunReport) -> (certain: Bool, possible: Bool) {
    var flag = (certain: false, possible: false)
    for (place, activation) in activations.sorted(by: { $0.key < $1.key }) where activation.cut {
      let byRival = draft.rivals(place.stage).contains { join in
        activations.contains { firing, other in
          firing.stage == join && !other.permitted.isEmpty && !other.before.contains(place)
            && (firing.scope.starts(with: place.scope) || place.scope.starts(with: firing.scope))
        }
      }
      let byFailure =
        draft.cancelsRunOnFailure
        && activations.contains { failedItself($0.key) && !$0.value.before.contains(place) }
      // What runs when cancelled is not cut before it starts; whether its running handler is told, R12 leaves open.
      let exempt = draft.runsWhenCancelled(place.stage) && !activation.visited
      let byFlag = !exempt && (report.cancelRequested || byFailure)
      flag = (flag.certain || (byFlag && !byRival), flag.possible || byFlag)
      if byFlag || byRival { continue }
      let expected = activation.permitted.map(\.description).joined(separator: " or ")
      problems.append(
        activation.visited
          ? "\(place) was cancelled, but nothing cancelled it" : "\(place) never ran; it should have, with \(expected)")
    }
    return flag
  }

  // MARK: How the run ended (R9)

  private mutating func checkOutcome(_ report: RunReport, _ flag: (certain: Bool, possible: Bool)) {
    var permitted: Set<RunReport.Outcome> = []
    if !sinkFailures.isEmpty || (draft.cancelsRunOnFailure && activations.keys.contains(where: failedItself)) {
      permitted = [.failed]
    } else {
      if flag.possible { permitted.insert(.cancelled) }
      if !flag.certain, !isSinkCut { permitted.insert(.succeeded) }
      if isSinkCut { permitted.insert(.cancelled) }
    }
    if !permitted.contains(report.outcome) {
      let words = permitted.map { "\($0)" }.sorted().joined(separator: " or ")
      problems.append("the run ended \(report.outcome), expected \(words)")
    }
  }

  private mutating func checkFailures(_ report: RunReport) {
    let own = Set(activations.keys.filter(failedItself))
    let failures = Set(report.failures)
    for (sink, causes) in sinkFailures.sorted(by: { $0.key < $1.key }) where causes.isDisjoint(with: failures) {
      problems.append("\(sink) failed because of \(list(causes)), of which the run says nothing: \(list(failures))")
    }
    let surfacing = draft.cancelsRunOnFailure ? own : sinkFailures.values.reduce(into: []) { $0.formUnion($1) }
    let unfounded = failures.subtracting(surfacing)
    if !unfounded.isEmpty { problems.append("the run names failures that no sink has: \(list(unfounded))") }
    if failures.count < report.failures.count { problems.append("the run names a failure twice: \(report.failures)") }
    if report.outcome == .failed, failures.isEmpty { problems.append("the run failed and does not say of what") }
    guard let absorbed = report.absorbed else { return }
    if Set(absorbed).count < absorbed.count { problems.append("an absorbed failure is listed twice: \(absorbed)") }
    let lost = own.subtracting(failures).subtracting(absorbed)
    if !lost.isEmpty { problems.append("neither among the failures nor among the absorbed: \(list(lost))") }
    let invented = Set(absorbed).subtracting(own)
    if !invented.isEmpty { problems.append("listed as absorbed, but never failed: \(list(invented))") }
  }

  private mutating func checkOutputs(_ report: RunReport) {
    guard let told = report.outputs else { return }
    for sink in sinks where told[sink] ?? [] != outputs(of: sink) {
      problems.append("the outputs of \(sink) are \(told[sink] ?? []), expected \(outputs(of: sink))")
    }
  }

  private func list(_ places: Set<Place>) -> String { places.sorted().map(\.description).joined(separator: ", ") }
}
