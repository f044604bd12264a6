import TadweenCore

struct ToyMachine {
  enum Token {
    case value(String, failure: Place?)
    case dead(Oracle.Severity, Place?)

    var isValue: Bool { if case .value = self { true } else { false } }
    var severity: Oracle.Severity? {
      switch self {
      case .value(_, let failure): failure == nil ? nil : .failed
      case .dead(let severity, _): severity
      }
    }
    var cause: Place? {
      switch self {
      case .value(_, let failure): failure
      case .dead(_, let cause): cause
      }
    }
  }

  private enum End {
    case succeeded(String)
    case failedItself
    case passedOn(Oracle.Severity, Place?)
  }

  private struct Slot: Hashable {
    let link: Int
    let scope: [Int]
  }

  let draft: GraphDraft
  let script: Script
  let fault: ToyEngine.Fault?
  private var random: SplitMix64
  private var report = RunReport()
  /// In the order of their arrival.
  private var arrived: [Place: [(link: Int, token: Token)]] = [:]
  private var items: [Slot: [Int: Token]] = [:]
  private var widths: [Slot: Int] = [:]
  private var settled: Set<Place> = []
  private var ready: [Place: String] = [:]
  private var running: [Place: String] = [:]
  private var flagged = false
  private var wasCut = false
  private var own: [Place] = []
  private var surfaced: [Place] = []
  private var outputs: [String: [Place: String]] = [:]

  init(_ draft: GraphDraft, _ script: Script, seed: UInt64, fault: ToyEngine.Fault?) {
    (self.draft, self.script, self.fault) = (draft, script, fault)
    random = SplitMix64(seed: seed)
  }

  mutating func run() -> RunReport {
    for stage in draft.stages where draft.incoming(stage.name).isEmpty {
      if stage.name == script.entry || fault == .entriesAllRun {
        ready[Place(stage.name)] = Wording.submission
      } else {
        end(Place(stage.name), .passedOn(.notTaken, nil))
      }
    }
    while !(ready.isEmpty && running.isEmpty) {
      if fault == .completesEarly, !outputs.isEmpty { break }
      if let moment = script.cancelAfter, !report.cancelRequested, report.visits.count >= moment, chance(50) {
        report.cancelRequested = true
        cancelRun()
      } else if let place = ready.keys.sorted().randomElement(using: &random), running.isEmpty || chance(50) {
        start(place)
      } else if let place = running.keys.sorted().randomElement(using: &random) {
        finish(place)
      }
    }
    report.failures = Set(surfaced).sorted()
    if draft.cancelsRunOnFailure, report.failures.isEmpty { report.failures = own }
    if fault == .failureForgotten { report.failures = [] }
    report.absorbed = own.filter { !report.failures.contains($0) }.sorted()
    report.outcome = !report.failures.isEmpty ? .failed : wasCut && fault != .cutForgotten ? .cancelled : .succeeded
    report.outputs = outputs.mapValues { $0.sorted { $0.key < $1.key }.map(\.value) }
    return report
  }

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  // MARK: Attempts

  private mutating func start(_ place: Place) {
    guard let input = ready.removeValue(forKey: place) else { return }
    let calls = script.ending(place) != .cancelBranch
    report.visits.append(.init(place, input: calls ? input : nil))
    if calls { running[place] = input } else { end(place, .passedOn(.notTaken, nil)) }
  }

  private mutating func finish(_ place: Place) {
    guard let input = running.removeValue(forKey: place) else { return }
    if script.ending(place) == .succeed { return end(place, .succeeded(Wording.output(of: place, input: input))) }
    if flagged, !isSpared(place) {
      wasCut = true
      return end(place, .passedOn(.cancelled, nil))
    }
    own.append(place)
    if draft.cancelsRunOnFailure { cancelRun() }
    end(place, .failedItself)
  }

  private func isSpared(_ place: Place) -> Bool {
    draft.runsWhenCancelled(place.stage) && fault != .cleanUpIsCut
  }

  private mutating func cancelRun() {
    if fault == .cancelIgnored { return }
    flagged = true
    for place in ready.keys.sorted() where !isSpared(place) {
      ready[place] = nil
      cut(place)
    }
  }

  private mutating func cut(_ place: Place) {
    wasCut = true
    end(place, .passedOn(.cancelled, nil))
  }

  private mutating func fire(_ place: Place, _ input: String) {
    if flagged, !isSpared(place) { return cut(place) }
    ready[place] = input
  }

  // MARK: Ends

  private mutating func end(_ place: Place, _ end: End) {
    let outgoing = draft.links.indices.filter { draft.links[$0].source == place.stage }
    let isSink = outgoing.allSatisfy { if case .failure = draft.links[$0].kind { true } else { false } }
    switch end {
    case .succeeded(let output): if isSink { outputs[place.stage, default: [:]][place] = output }
    case .failedItself: if isSink, outgoing.isEmpty { surfaced.append(place) }
    case .passedOn(.failed, let cause): if isSink, let cause { surfaced.append(cause) }
    case .passedOn: break
    }
    if case .passedOn = end, fault == .cascadeDropped, !report.visits.isEmpty { return }
    var opened: Set<Int> = []
    for index in outgoing.shuffled(using: &random) {
      let link = draft.links[index]
      switch link.kind {
      case .failure: put(failureToken(place, end), on: index, in: place.scope)
      case .value: put(token(link, place, end), on: index, in: place.scope)
      case .gather:
        let slot = Slot(link: index, scope: place.scope.dropLast())
        items[slot, default: [:]][place.scope.last ?? 0] = token(link, place, end)
        gather(slot)
      case .each(let map):
        if opened.insert(map).inserted { open(map, place, end) }
      }
    }
  }

  private func failureToken(_ place: Place, _ end: End) -> Token {
    switch end {
    case .failedItself: .value(Wording.failure(place), failure: place)
    case .passedOn(.failed, let cause?) where fault == .failureLinkTakesAll:
      .value(Wording.failure(cause), failure: cause)
    case .succeeded, .passedOn: .dead(.notTaken, nil)
    }
  }

  private func token(_ link: GraphDraft.Link, _ place: Place, _ end: End) -> Token {
    switch end {
    case .succeeded(let output):
      script.takes(link, from: place, in: draft) ? .value(output, failure: nil) : .dead(.notTaken, nil)
    case .failedItself: .dead(.failed, place)
    case .passedOn(let severity, let cause): .dead(severity, cause)
    }
  }

  // MARK: Maps

  private mutating func open(_ map: Int, _ place: Place, _ end: End) {
    let targets = draft.links.filter { if case .each(map) = $0.kind { true } else { false } }.map(\.target)
    let gathers = draft.links.indices.filter { index in
      if case .gather = draft.links[index].kind {
        draft.maps(around: draft.links[index].source).last == map
      } else {
        false
      }
    }
    guard case .succeeded(let output) = end, fault != .deadMapOpens || script.width(place, map) > 0 else {
      var token = Token.value("[]", failure: nil)
      if case .failedItself = end { token = .dead(.failed, place) }
      if case .passedOn(let severity, let cause) = end { token = .dead(severity, cause) }
      if fault == .deadMapOpens { token = .value("[]", failure: nil) }
      for stage in draft.stages where draft.maps(around: stage.name).contains(map) {
        let leaving = draft.outgoing(stage.name)
        guard leaving.allSatisfy({ if case .failure = $0.kind { true } else { false } }) else { continue }
        if token.severity == .failed, let cause = token.cause { surfaced.append(cause) }
      }
      for index in gathers { put(token, on: index, in: place.scope) }
      return
    }
    let width = script.width(place, map)
    for index in gathers { widths[Slot(link: index, scope: place.scope)] = width }
    for item in 0..<width {
      for target in targets { fire(Place(target, place.scope + [item]), Wording.item(output, item)) }
    }
    if width == 0, fault != .emptyGatherLost {
      for index in gathers { put(.value("[]", failure: nil), on: index, in: place.scope) }
    }
  }

  private mutating func gather(_ slot: Slot) {
    guard case .gather(let rule) = draft.links[slot.link].kind, let found = items[slot], found.count == widths[slot]
    else {
      return
    }
    let tokens = found.sorted { fault == .itemsReversed ? $0.key > $1.key : $0.key < $1.key }.map(\.value)
    let succeeded = tokens.count(where: \.isValue)
    let (isMet, need): (Bool, Need) =
      switch rule {
      case .all: (succeeded == tokens.count, .value)
      case .ifTaken: (tokens.allSatisfy { $0.isValue || $0.severity == .notTaken }, .ifTaken)
      case .outcome: (true, .outcome)
      case .atLeast(let share): (Double(succeeded) >= share * Double(tokens.count) - 1e-9, .outcome)
      }
    let values = Wording.list(tokens.map { text($0, need) })
    let failure = tokens.first { $0.severity == .failed }?.cause
    put(isMet ? .value(values, failure: failure) : worst(tokens), on: slot.link, in: slot.scope)
  }

  // MARK: Joins

  private func worst(_ tokens: [Token]) -> Token {
    let order = tokens.compactMap(\.severity)
    let severity = (fault == .mildSeverity ? order.min() : order.max()) ?? .notTaken
    return .dead(severity, tokens.first { $0.severity == severity }?.cause)
  }

  private func text(_ token: Token, _ need: Need) -> String {
    switch token {
    case .value(let text, _): text
    case .dead where need == .ifTaken: Wording.skipped
    case .dead(.failed, let cause): Wording.failed(cause ?? Place("?"))
    case .dead(.cancelled, _): Wording.cancelled
    case .dead(.notTaken, _): Wording.notTaken
    }
  }

  private mutating func put(_ token: Token, on index: Int, in scope: [Int]) {
    let place = Place(draft.links[index].target, scope)
    arrived[place, default: []].append((index, token))
    let all = arrived[place] ?? []
    let degree = draft.incoming(place.stage).count
    if settled.contains(place), fault != .firesTwice || !token.isValue { return }
    var (quorum, cancels, isList) = (0, false, false)
    switch draft.rule(place.stage) {
    case .needs: return putNeeds(place, all, degree)
    case .anySucceeded(let losers): (quorum, cancels) = (1, losers)
    case .quorum(let count, let losers): (quorum, cancels, isList) = (count, losers, true)
    }
    var values = all.filter(\.token.isValue)
    if values.count >= quorum, fault != .eagerIsPatient || all.count == degree {
      if fault == .eagerIsPatient { values.shuffle(using: &random) }
      settled.insert(place)
      let chosen = values.prefix(quorum).sorted { $0.link < $1.link }.map { text($0.token, .value) }
      fire(place, isList ? Wording.list(chosen) : chosen.joined())
      if cancels { cancelLosers(of: place) }
    } else if all.count == degree {
      settled.insert(place)
      die(place, all.map(\.token))
    }
  }

  private mutating func putNeeds(_ place: Place, _ all: [(link: Int, token: Token)], _ degree: Int) {
    guard all.count == degree, settled.insert(place).inserted else { return }
    let isMet = all.allSatisfy { link, token in
      let need = draft.links[link].need
      return token.isValue || need == .outcome || (need == .ifTaken && token.severity == .notTaken)
        || (fault == .needIgnored && token.severity != .notTaken)
    }
    let isNothing = all.allSatisfy { !$0.token.isValue && $0.token.severity == .notTaken }
    guard isMet, !isNothing || fault == .firesOnNothing else { return die(place, all.map(\.token)) }
    let ordered = all.sorted { $0.link < $1.link }
    fire(place, Wording.arguments(ordered.map { text($0.token, draft.links[$0.link].need) }))
  }

  private mutating func die(_ place: Place, _ tokens: [Token]) {
    guard case .dead(let severity, let cause) = worst(tokens) else { return }
    end(place, .passedOn(severity, cause))
  }

  private mutating func cancelLosers(of join: Place) {
    for place in ready.keys.sorted() where place != join {
      let isNear = place.scope.starts(with: join.scope) || join.scope.starts(with: place.scope)
      guard isNear, fault == .everybodyLoses || draft.leads(place.stage, to: join.stage) else { continue }
      ready[place] = nil
      if fault == .losersCancelRun { wasCut = true }
      end(place, .passedOn(.cancelled, nil))
    }
  }
}
