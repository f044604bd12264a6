/// The maps that each stage lies in, computed along the topological order (rule R5).
struct Scopes {
  /// By stage: the numbers of the draft's maps, outermost first.
  private(set) var paths: [[Int]] = []
  /// By edge: the map that a gather closes.
  private(set) var closes: [Int: Int] = [:]
  private(set) var issues: [GraphIssue] = []
  /// By stage: whether a condition or a choice can leave out one item of its innermost map.
  private var skippable: [Bool] = []

  init(_ check: GraphCheck) {
    let count = check.draft.stages.count
    paths = Array(repeating: [], count: count)
    skippable = Array(repeating: false, count: count)
    /// By map: whether its source can be left out in the scope around it, and with it the whole map.
    var skippableMaps: [Int: Bool] = [:]

    for stage in check.order {
      let links = check.incoming[stage]
      var arrivals: [[Int]] = []
      var skips: [(need: Need, skippable: Bool)] = []
      for edge in links {
        let link = check.edges[edge].draft
        let source = check.edges[edge].source
        switch link.kind {
        case .value:
          arrivals.append(paths[source])
          skips.append((link.need, skippable[source] || link.isConditional || link.choice != nil))
        case .failure:
          arrivals.append(paths[source])
          skips.append((link.need, true))
        case .each(let map):
          arrivals.append(paths[source] + [map])
          skippableMaps[map] = skippable[source]
          skips.append((link.need, false))
        case .gather(let rule):
          guard let map = paths[source].last else {
            issues.append(.gatherOutsideMap(from: link.source, to: link.target))
            continue
          }
          if rule == .all, skippable[source] {
            issues.append(.gatherOfSkippableItems(from: link.source, to: link.target))
          }
          closes[edge] = map
          arrivals.append(Array(paths[source].dropLast()))
          // Too many items left out, and a share is missed without a failure.
          var isShare = false
          if case .atLeast = rule { isShare = true }
          skips.append((link.need, skippableMaps[map] ?? false || isShare && skippable[source]))
        }
      }
      guard let path = arrivals.first else { continue }
      if arrivals.contains(where: { $0 != path }) {
        issues.append(.parentsInDifferentScopes(check.name(stage), scopes: describe(links, of: check)))
      }
      paths[stage] = path
      if check.rule(of: stage) == .needs {
        skippable[stage] = skips.contains { $0.need == .value && $0.skippable } || skips.allSatisfy(\.skippable)
      } else {
        // An eager join is left out only if too few of its parents can be taken; any skippable one may be the missing.
        let certain = skips.count { !$0.skippable }
        skippable[stage] = certain < (check.rule(of: stage).threshold ?? 1)
      }
    }
  }

  private func describe(_ links: [Int], of check: GraphCheck) -> [String] {
    links.map { edge in
      let source = check.edges[edge].source
      var maps = paths[source]
      switch check.edges[edge].draft.kind {
      case .each(let map): maps.append(map)
      case .gather: maps = maps.dropLast()
      case .value, .failure: break
      }
      let openers = maps.map { map in
        check.edges.first { if case .each(map) = $0.draft.kind { true } else { false } }?.draft.source ?? "?"
      }
      let path = openers.map { "\"\($0)\"" }.joined(separator: " → ")
      let place = openers.isEmpty ? "outside any map" : "inside the map of \(path)"
      return "\"\(check.name(source))\" \(place)"
    }
  }
}
