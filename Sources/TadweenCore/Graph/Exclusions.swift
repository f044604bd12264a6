/// Joins that can never fire (rule R4): arms of one choice, a stage's failure link and its other links, and entries
/// exclude each other, so no join may need two of them.
extension GraphCheck {
  /// What must have happened for a stage to succeed. Two facts about one subject exclude each other.
  private struct Facts {
    enum Subject: Hashable, Comparable {
      case choice(Int)
      case ending(of: Int)
      case entry
    }
    struct Fact: Hashable {
      let subject: Subject
      /// Which arm, which ending, which entry.
      let value: Int
      /// The link that the fact came by.
      let source: Int
    }

    private(set) var bySubject: [Subject: Fact] = [:]

    mutating func insert(_ fact: Fact) { bySubject[fact.subject] = fact }

    /// Two facts that exclude each other, this side's first; always the same ones, whatever the order of a dictionary.
    func conflict(with other: Facts) -> (Fact, Fact)? {
      let subjects = bySubject.count < other.bySubject.count ? bySubject.keys : other.bySubject.keys
      var found: (Fact, Fact)?
      for subject in subjects {
        guard let mine = bySubject[subject], let match = other.bySubject[subject], match.value != mine.value else {
          continue
        }
        if let found, (found.0.source, found.0.value) <= (mine.source, mine.value) { continue }
        found = (mine, match)
      }
      return found
    }

    mutating func formUnion(_ other: Facts) {
      if bySubject.isEmpty { self = other } else { bySubject.merge(other.bySubject) { old, _ in old } }
    }

    /// What holds whichever of the two happened.
    func common(with other: Facts) -> Facts {
      var result = self
      result.bySubject = bySubject.filter { other.bySubject[$0.key]?.value == $0.value.value }
      return result
    }
  }

  func exclusions(_ scopes: Scopes) -> [GraphIssue] {
    let manyEntries = incoming.count(where: \.isEmpty) > 1
    let subjects = subjectsThatMatter()
    var facts = Array(repeating: Facts(), count: draft.stages.count)
    /// By map: what its source needed, which is all that a gather of it needs (no item may be there at all).
    var mapFacts: [Int: Facts] = [:]
    var found: [GraphIssue] = []

    for stage in order {
      if incoming[stage].isEmpty, manyEntries {
        facts[stage].insert(.init(subject: .entry, value: stage, source: stage))
      }
      var links: [(edge: Int, facts: Facts)] = []
      for edge in incoming[stage] {
        let link = edges[edge]
        var carried = facts[link.source]
        if subjects.endings[link.source] {
          let failed = if case .failure = link.draft.kind { true } else { false }
          // A failure link needs what the source needed to run, so its facts stay.
          carried.insert(.init(subject: .ending(of: link.source), value: failed ? 1 : 0, source: link.source))
        }
        if let choice = link.draft.choice, subjects.choices.contains(choice) {
          carried.insert(.init(subject: .choice(choice), value: link.target, source: link.source))
        }
        switch link.draft.kind {
        case .each(let map): mapFacts[map] = carried
        case .gather: carried = scopes.closes[edge].flatMap { mapFacts[$0] } ?? Facts()
        case .value, .failure: break
        }
        links.append((edge, carried))
      }
      guard links.count > 1 else {
        // A join of one that asks for the outcome fires without its parent's success.
        if let only = links.first, edges[only.edge].draft.need != .outcome { facts[stage] = only.facts }
        continue
      }
      // Parents that nobody joined are reported as such; what they exclude would be an echo.
      let joins = Set(links.map { edges[$0.edge].draft.join })
      guard joins.count == 1, !joins.contains(nil) else { continue }
      if let threshold = rule(of: stage).threshold, threshold < links.count {
        facts[stage] = links.dropFirst().reduce(links[0].facts) { $0.common(with: $1.facts) }
        let needs = links.map { $0.facts.bySubject.mapValues(\.value) }
        // Where nobody can tell, the join is let through: at worst it dies in every run.
        if let most = Compatibility.greatest(among: needs), most < threshold, let pair = firstConflict(links) {
          found.append(issue(stage, pair))
        }
      } else {
        // A quorum of all parents needs every one of them, too.
        let needed = links.filter { rule(of: stage).threshold != nil || edges[$0.edge].draft.need == .value }
        if let pair = firstConflict(needed) { found.append(issue(stage, pair)) }
        for link in needed { facts[stage].formUnion(link.facts) }
      }
    }
    return found
  }

  private typealias Conflict = (first: Int, second: Int, facts: (Facts.Fact, Facts.Fact))

  /// The stages whose ending, and the choices whose arm, can matter to a join: at least two of their sides lead to one.
  ///
  /// Without this a chain in which every stage has a failure link to an alert would carry all its endings to its end.
  private func subjectsThatMatter() -> (endings: [Bool], choices: Set<Int>) {
    var reachesJoin = Array(repeating: false, count: draft.stages.count)
    var endings = reachesJoin
    var arms: [Int: Int] = [:]
    for stage in order.reversed() {
      let useful = outgoing[stage].filter { reachesJoin[edges[$0].target] }
      let failures = useful.count { if case .failure = edges[$0].draft.kind { true } else { false } }
      endings[stage] = failures > 0 && failures < useful.count
      for edge in useful { if let choice = edges[edge].draft.choice { arms[choice, default: 0] += 1 } }
      reachesJoin[stage] = incoming[stage].count > 1 || !useful.isEmpty
    }
    return (endings, Set(arms.filter { $0.value > 1 }.keys))
  }

  /// One look at every link, with all that the links before it need: not every pair.
  private func firstConflict(_ links: [(edge: Int, facts: Facts)]) -> Conflict? {
    var seen = Facts()
    for (position, link) in links.enumerated() {
      if seen.conflict(with: link.facts) != nil {
        for earlier in links[..<position] {
          if let facts = earlier.facts.conflict(with: link.facts) { return (earlier.edge, link.edge, facts) }
        }
      }
      seen.formUnion(link.facts)
    }
    return nil
  }

  private func issue(_ stage: Int, _ conflict: Conflict) -> GraphIssue {
    let (one, other) = conflict.facts
    let reason =
      switch one.subject {
      case .choice: "\"\(name(one.source))\" chooses either \"\(name(one.value))\" or \"\(name(other.value))\""
      case .ending: "\"\(name(one.source))\" either succeeds or fails"
      case .entry: "a submission goes to one entry, \"\(name(one.value))\" or \"\(name(other.value))\""
      }
    return .exclusiveParents(
      name(stage), first: edges[conflict.first].draft.source, second: edges[conflict.second].draft.source,
      reason: reason)
  }
}
