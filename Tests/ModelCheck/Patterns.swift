import TadweenCore

/// Turns a shape into drafts: kinds of links, needs and rules of joins, flags.
///
/// Every value link may decline its token. A run in which it never does is a run of the same graph without the
/// condition, and a choice is a set of conditions of which all but one decline: the ledger is told what was declined
/// and nothing else. So one case covers the plain, the conditional and the chosen form of its links.
struct Pattern {
  enum Join {
    /// The same need on every link.
    case all(Need)
    /// A need for each link, in turn.
    case each([Need])
    case rule(JoinRule)
  }

  var shape: Shape
  /// The links that are failure links.
  var failures: Set<Int> = []
  /// By stage; for a stage with one link too, which is a join of one.
  var joins: [Join]
  var runsWhenCancelled: Set<Int> = []
  var cancelsRunOnFailure = false
  /// Stages whose value links are the arms of a choice.
  var choosers: Set<Int> = []

  var draft: GraphDraft {
    var draft = GraphDraft()
    for stage in 0..<shape.stages {
      draft.stages.append(.init(Self.name(stage), runsWhenCancelled: runsWhenCancelled.contains(stage)))
    }
    draft.cancelsRunOnFailure = cancelsRunOnFailure
    let choices = choosers.reduce(into: [:]) { $0[$1] = draft.newChoice() }
    for stage in 0..<shape.stages {
      let links = shape.incoming(stage)
      guard !links.isEmpty else { continue }
      var join: Int?
      var needs = Array(repeating: Need.value, count: links.count)
      switch joins[stage] {
      case .all(let need):
        needs = needs.map { _ in need }
        if links.count > 1 || need != .value { join = draft.newJoin() }
      case .each(let chosen):
        needs = chosen
        join = draft.newJoin()
      case .rule(let rule): join = draft.newJoin(rule)
      }
      for (link, need) in zip(links, needs) {
        let source = shape.links[link].source
        let isFailure = failures.contains(link)
        draft.links.append(
          .init(
            Self.name(source), Self.name(stage), kind: isFailure ? .failure : .value, need: need,
            isConditional: !isFailure && choices[source] == nil, choice: isFailure ? nil : choices[source],
            join: join))
      }
    }
    return draft
  }

  static func name(_ stage: Int) -> String { String(UnicodeScalar(UInt8(65 + stage))) }

  /// The ways for one stage to wait for this many links.
  static func joins(of parents: Int) -> [Join] {
    guard parents > 1 else { return [.all(.value), .all(.outcome)] }
    let alternating = (0..<parents).map { $0.isMultiple(of: 2) ? Need.value : .outcome }
    let eager = [true, false].flatMap { cancels in
      [JoinRule.anySucceeded(cancelLosers: cancels)] + (2...parents).map { .quorum($0, cancelLosers: cancels) }
    }
    return [.all(.value), .all(.ifTaken), .all(.outcome), .each(alternating)] + eager.map(Join.rule)
  }

  /// Every vector of needs, too: for small graphs.
  static func everyJoin(of parents: Int) -> [Join] {
    let needs = product(Array(repeating: [Need.value, .ifTaken, .outcome], count: parents)).map(Join.each)
    guard parents > 1 else { return needs }
    return needs + joins(of: parents).filter { if case .rule = $0 { true } else { false } }
  }
}

extension Shape {
  /// All that is to be tried with this shape.
  ///
  /// Up to three stages: every combination of failure links, needs, rules and flags. From four on: every failure link
  /// alone with each way to join; pairs of ways where there are two joins; flags in turn.
  var patterns: [Pattern] { stages <= 3 ? everyPattern : chosenPatterns }

  private var everyPattern: [Pattern] {
    let joins = product(
      (0..<stages).map { stage -> [Pattern.Join] in
        let parents = incoming(stage).count
        return parents == 0 ? [.all(.value)] : Pattern.everyJoin(of: parents)
      })
    let subsets = (0..<(1 << links.count)).map { chosen in Set(links.indices.filter { chosen >> $0 & 1 == 1 }) }
    let sparing = (0..<(1 << stages)).map { chosen in Set((0..<stages).filter { chosen >> $0 & 1 == 1 }) }
    var patterns: [Pattern] = []
    for join in joins {
      for failures in subsets {
        for runsWhenCancelled in sparing {
          for fatal in [false, true] {
            patterns.append(
              Pattern(
                shape: self, failures: failures, joins: join, runsWhenCancelled: runsWhenCancelled,
                cancelsRunOnFailure: fatal))
          }
        }
      }
    }
    return patterns + choices
  }

  private var chosenPatterns: [Pattern] {
    let options = (0..<stages).map { Pattern.joins(of: incoming($0).count) }
    // The same way everywhere, as far as each stage has it.
    let most = options.map(\.count).max() ?? 1
    let uniform = (0..<most).map { way in options.map { $0[way % $0.count] } }
    var patterns = uniform.map { Pattern(shape: self, joins: $0) }
    for link in links.indices {
      patterns += uniform.map { Pattern(shape: self, failures: [link], joins: $0) }
    }
    for (way, joins) in uniform.enumerated() {
      let spared = way % stages
      patterns.append(Pattern(shape: self, joins: joins, runsWhenCancelled: [spared, stages - 1]))
      patterns.append(Pattern(shape: self, joins: joins, cancelsRunOnFailure: true))
    }
    return patterns + choices
  }

  /// Arms of one choice: which joins over them the graph check lets through, and what becomes of those.
  private var choices: [Pattern] {
    let joins: [[Pattern.Join]] = [Need.value, .ifTaken, .outcome].map { need in
      (0..<stages).map { _ in .all(need) }
    }
    return (0..<stages).filter { outgoing($0).count > 1 }.flatMap { chooser in
      joins.map { Pattern(shape: self, joins: $0, choosers: [chooser]) }
    }
  }
}
