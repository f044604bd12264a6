import TadweenCore

/// The rules R1–R5 and R12 of the design, read aloud: a sequential interpreter without queues, tokens in flight or
/// state. It goes through the stages in topological order and asks of each activation what its links bring.
///
/// Where the rules leave something open (which parents an eager join fired with, which of several root causes a dead
/// path keeps, where a cancellation cut) it follows the report of the engine under test, and notes in ``problems``
/// whatever the rules do not permit. Alone, it decides as a machine would that does one thing after the other.
struct Oracle {
  let draft: GraphDraft
  let script: Script
  let report: RunReport?
  private(set) var activations: [Place: Activation] = [:]
  /// Stages inside maps that never opened: the class that each got instead (R5).
  private(set) var neverOpened: [Place: End] = [:]
  var problems: [String] = []
  private var flagged: Bool
  private var visits: [Place: RunReport.Visit]

  init(_ draft: GraphDraft, _ script: Script, following report: RunReport? = nil) {
    (self.draft, self.script, self.report) = (draft, script, report)
    flagged = script.cancelAfter == 0
    visits = Dictionary(report?.visits.map { ($0.place, $0) } ?? []) { first, _ in first }
    var order: [String] = []
    while let next = draft.stages.map(\.name).first(where: { stage in
      !order.contains(stage) && draft.incoming(stage).allSatisfy { order.contains($0.source) }
    }) { order.append(next) }
    for stage in order {
      for scope in openScopes(of: stage) { activations[Place(stage, scope)] = evaluate(Place(stage, scope)) }
    }
  }

  private mutating func openScopes(of stage: String) -> [[Int]] {
    draft.maps(around: stage).reduce([[]]) { scopes, map in
      scopes.flatMap { scope -> [[Int]] in
        let opener = Place(draft.opener(map), scope)
        guard let end = activations[opener]?.end else { return [] }
        if case .succeeded = end { return (0..<script.width(opener, map)).map { scope + [$0] } }
        neverOpened[Place(stage, scope)] = end
        return []
      }
    }
  }

  // MARK: What a link brings (R2, R5)

  private func carried(_ link: GraphDraft.Link, from source: Place) -> Token {
    switch activations[source]?.end {
    case .succeeded(let value) where script.takes(link, from: source, in: draft): .value(Pattern(value), failures: [])
    case .succeeded, nil: .dead(.notTaken, causes: [])
    case .ended(let severity, let causes): .dead(severity, causes: causes)
    }
  }

  private func arrival(_ link: GraphDraft.Link, in scope: [Int]) -> Arrival {
    let source = Place(link.source, scope)
    switch link.kind {
    case .value: return (link, carried(link, from: source), [source])
    case .failure:
      let failed = failedItself(source)
      return (
        link, failed ? .value(Pattern(Wording.failure(source)), failures: [source]) : .dead(.notTaken, causes: []),
        [source]
      )
    case .each:
      let opener = Place(link.source, scope.dropLast())
      guard case .value(let output, _) = carried(link, from: opener) else {
        return (link, .dead(.notTaken, causes: []), [opener])
      }
      return (link, .value(Pattern(Wording.item(output.first, scope.last ?? 0)), failures: []), [opener])
    case .gather(let rule):
      let map = draft.maps(around: link.source).last ?? 0
      let opener = Place(draft.opener(map), scope)
      if case .ended(let severity, let causes) = activations[opener]?.end {
        return (link, .dead(severity, causes: causes), [opener])
      }
      let items = (0..<script.width(opener, map)).map { Place(link.source, scope + [$0]) }
      return (link, .gathered(items.map { carried(link, from: $0) }, rule), items.isEmpty ? [opener] : Set(items))
    }
  }

  // MARK: Joins (R4)

  func failedItself(_ place: Place) -> Bool {
    activations[place]?.end == .ended(.failed, causes: [place]) && activations[place]?.visited == true
  }
  private mutating func evaluate(_ place: Place) -> Activation {
    let arrivals = draft.incoming(place.stage).map { arrival($0, in: place.scope) }
    if arrivals.isEmpty {
      guard place.stage == script.entry else { return Activation(end: .ended(.notTaken, causes: [])) }
      return fire(place, [(Pattern(Wording.submission), [])])
    }
    let quorum: Int
    switch draft.rule(place.stage) {
    case .needs:
      let allNotTaken = arrivals.allSatisfy { $0.token.severity == .notTaken }
      guard arrivals.allSatisfy({ $0.token.meets($0.link.need) }), !allNotTaken else { return die(arrivals) }
      return fire(
        place, [(.list(arrivals.map { $0.token.text($0.link.need) }, open: "", close: ""), history(arrivals))])
    case .anySucceeded: quorum = 1
    case .quorum(let count, _): quorum = count
    }
    let values = arrivals.filter { $0.token.isValue }
    let (open, close) = if case .quorum = draft.rule(place.stage) { ("[", "]") } else { ("", "") }
    let candidates = subsets(values, of: quorum).filter { chosen in
      // It fires as soon as it can: whoever was certainly there before one of the chosen is chosen, too.
      let others = values.filter { value in !chosen.contains { $0.link.source == value.link.source } }
      return !chosen.contains { late in others.contains { precedes($0, late) } }
    }
    if candidates.isEmpty { return die(arrivals) }
    return fire(
      place, candidates.map { (.list($0.map { $0.token.text(.value) }, open: open, close: close), history($0)) })
  }

  private func die(_ arrivals: [Arrival]) -> Activation {
    guard case .dead(let severity, let causes) = Token.worst(arrivals.map(\.token)) else { return Activation() }
    return Activation(end: .ended(severity, causes: causes), before: history(arrivals))
  }

  private func subsets(_ all: [Arrival], of count: Int) -> [[Arrival]] {
    guard let first = all.first, count > 0 else { return count == 0 ? [[]] : [] }
    return subsets(Array(all.dropFirst()), of: count - 1).map { [first] + $0 }
      + subsets(Array(all.dropFirst()), of: count)
  }

  private func history(_ arrivals: [Arrival]) -> Set<Place> {
    arrivals.reduce(into: []) { all, arrival in
      for end in arrival.ends { all.formUnion((activations[end]?.before ?? []).union([end])) }
    }
  }

  private func precedes(_ early: Arrival, _ late: Arrival) -> Bool {
    late.ends.contains { activations[$0].map { $0.visited && early.ends.isSubset(of: $0.before) } ?? false }
  }

  // MARK: What a firing activation comes to (R1, R9, R12)

  private mutating func fire(_ place: Place, _ candidates: [(text: Pattern, history: Set<Place>)]) -> Activation {
    var result = Activation(cut: true, permitted: candidates.map(\.text))
    result.before = candidates.dropFirst().reduce(candidates[0].history) { $0.intersection($1.history) }
    let ending = script.ending(place)
    if ending == .cutWaiting {
      result.cut = false
      return result
    }
    guard let visit = report == nil ? nextVisit(place, candidates[0].text.first) : visits[place] else { return result }
    result.visited = true
    if let input = visit.input {
      let matching = candidates.filter { $0.text.matches(input) }
      if matching.isEmpty {
        problems.append(
          "\(place) got \(input), expected \(result.permitted.map(\.description).joined(separator: " or "))")
      }
      if let match = matching.first { result.before = matching.reduce(match.history) { $0.intersection($1.history) } }
    }
    if report != nil, !draft.runsWhenCancelled(place.stage), let cause = result.before.filter(cancelsRun).min() {
      problems.append("\(place) started after the run was cancelled, which it was when \(cause) ended")
    }
    switch (ending, visit.input) {
    case (.cancelBranch, let input):
      if input != nil { problems.append("\(place) ran though its policy cancelled the branch") }
      (result.end, result.cut) = (.ended(.notTaken, causes: []), false)
    case (.succeed, let input?): (result.end, result.cut) = (.succeeded(Wording.output(of: place, input: input)), false)
    case (.fail, _?) where isTold(place), (.crashed, _) where isTold(place):
      (result.end, result.cut) = (.ended(.failed, causes: [place]), false)
    case (.skipped, _?): (result.end, result.cut) = (.ended(.notTaken, causes: []), false)
    case (.substituted(let output), _?): (result.end, result.cut) = (.succeeded(output), false)
    case (.succeed, nil), (.fail, _), (.skipped, nil), (.substituted, nil), (.cutWaiting, _), (.crashed, _): break
    }
    return result
  }

  /// Alone: everything runs, one after the other, until something cancels the run.
  private mutating func nextVisit(_ place: Place, _ input: String) -> RunReport.Visit? {
    if flagged && !draft.runsWhenCancelled(place.stage) { return nil }
    let count = activations.values.count(where: \.visited) + 1
    flagged = flagged || count == script.cancelAfter || (draft.cancelsRunOnFailure && script.ending(place) == .fail)
    return .init(place, input: script.ending(place) == .cancelBranch ? nil : input)
  }

  /// Whether a handler that threw has failed: where something may have cancelled it, only the report can say.
  private func isTold(_ place: Place) -> Bool {
    guard let report, report.cancelRequested || draft.cancelsRunOnFailure || !draft.rivals(place.stage).isEmpty else {
      return true
    }
    return report.failures.contains(place) || (report.absorbed ?? []).contains(place)
  }

  private func cancelsRun(_ place: Place) -> Bool {
    (activations[place]?.cut == true && draft.rivals(place.stage).isEmpty)
      || (draft.cancelsRunOnFailure && failedItself(place))
  }
}
