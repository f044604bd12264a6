import TadweenCore

/// Every way to lay maps and gathers over a shape, to depth 2.
struct MapPatterns {
  private enum Kind: CaseIterable { case value, failure, each, gather }

  private struct Form: Hashable {
    let gather: GatherRule
    let need: Need
    let isEager: Bool
    let isConditional: Bool
    /// Whether a source's map links open one map together or one each.
    let sharesMaps: Bool
  }

  let shape: Shape
  /// Every combination of rules, or one rule of each sort in turn.
  let isThorough: Bool

  var drafts: [GraphDraft] {
    var drafts: [GraphDraft] = []
    var turn = 0
    for kinds in product(shape.links.map { _ in Kind.allCases }) where kinds.contains(.each) {
      // A failure link inside a map is one more activation an item: one is enough.
      if kinds.count(where: { $0 == .failure }) > 1 { continue }
      let forms = forms(for: kinds).map { draft(kinds, $0) }.filter(Self.isUsable)
      if isThorough {
        drafts += forms
      } else if !forms.isEmpty {
        // One form a layout, another one each time; 7 and the number of forms have no common divisor.
        drafts.append(forms[turn * 7 % forms.count])
        turn += 1
      }
    }
    return drafts
  }

  private static func isUsable(_ draft: GraphDraft) -> Bool {
    guard let graph = try? WorkflowGraph(draft) else { return false }
    return graph.stages.allSatisfy { $0.scope.count <= 2 }
  }

  private func forms(for kinds: [Kind]) -> [Form] {
    let hasJoin = (0..<shape.stages).contains { shape.incoming($0).count > 1 }
    let hasGather = kinds.contains(.gather)
    let hasSiblings = (0..<shape.stages).contains { stage in
      shape.outgoing(stage).count(where: { kinds[$0] == .each }) > 1
    }
    var forms: [Form] = []
    for gather in hasGather ? [GatherRule.all, .ifTaken, .outcome, .atLeast(0.5)] : [.all] {
      for (need, isEager) in hasJoin
        ? [(Need.value, false), (.ifTaken, false), (.outcome, false), (.value, true)] : [(.value, false)]
      {
        for isConditional in kinds.contains(.value) ? [false, true] : [false] {
          for sharesMaps in hasSiblings ? [true, false] : [true] {
            forms.append(
              Form(
                gather: gather, need: need, isEager: isEager, isConditional: isConditional, sharesMaps: sharesMaps))
          }
        }
      }
    }
    return forms
  }

  private func draft(_ kinds: [Kind], _ form: Form) -> GraphDraft {
    var draft = GraphDraft()
    draft.stages = (0..<shape.stages).map { .init(Pattern.name($0)) }
    var maps: [Int: Int] = [:]
    var joins: [Int: Int] = [:]
    for stage in 0..<shape.stages where shape.incoming(stage).count > 1 {
      joins[stage] = draft.newJoin(form.isEager ? .anySucceeded(cancelLosers: true) : .needs)
    }
    for (index, link) in shape.links.enumerated() {
      var map = maps[link.source]
      if kinds[index] == .each, map == nil || !form.sharesMaps {
        map = draft.newMap()
        maps[link.source] = map
      }
      let kind: GraphDraft.Link.Kind =
        switch kinds[index] {
        case .value: .value
        case .failure: .failure
        case .each: .each(map ?? 0)
        case .gather: .gather(form.gather)
        }
      draft.links.append(
        .init(
          Pattern.name(link.source), Pattern.name(link.target), kind: kind,
          need: joins[link.target] == nil || kinds[index] == .gather ? .value : form.need,
          isConditional: kinds[index] == .value && form.isConditional, join: joins[link.target]))
    }
    return draft
  }
}
