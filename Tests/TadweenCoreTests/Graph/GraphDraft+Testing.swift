@testable import TadweenCore

/// Drafts in one line, for tests: `.of("a b c", "a>b", "b>c")`.
extension GraphDraft {
  /// Stages by name, and links of one source and one target: `a>b` a value, `a?b` a condition, `a!b` a failure link,
  /// `a*b` an item each (one map a source), `a+b` a gather of plain values.
  static func of(_ stages: String, _ links: String...) -> GraphDraft {
    var draft = GraphDraft()
    draft.stages = stages.split(separator: " ").map { Stage(String($0)) }
    var maps: [String: Int] = [:]
    for link in links {
      guard let sign = link.first(where: { ">?!*+".contains($0) }) else { continue }
      let ends = link.split(separator: sign).map(String.init)
      let kind: Link.Kind
      switch sign {
      case "!": kind = .failure
      case "*":
        let map = maps[ends[0]] ?? draft.newMap()
        maps[ends[0]] = map
        kind = .each(map)
      case "+": kind = .gather(.all)
      default: kind = .value
      }
      draft.links.append(Link(ends[0], ends[1], kind: kind, isConditional: sign == "?"))
    }
    return draft
  }

  /// Makes the links into a stage a join.
  func joining(_ stage: String, _ rule: JoinRule = .needs, needs: [String: Need] = [:]) -> GraphDraft {
    var draft = self
    let join = draft.newJoin(rule)
    for index in draft.links.indices where draft.links[index].target == stage {
      draft.links[index].join = join
      draft.links[index].need = needs[draft.links[index].source] ?? .value
    }
    return draft
  }

  /// Makes the gathers into a stage follow this rule.
  func gathering(_ stage: String, _ rule: GatherRule) -> GraphDraft {
    var draft = self
    for index in draft.links.indices where draft.links[index].target == stage {
      if case .gather = draft.links[index].kind { draft.links[index].kind = .gather(rule) }
    }
    return draft
  }

  /// Makes the links from a stage to these arms of one choice.
  func choosing(from stage: String, _ arms: String...) -> GraphDraft {
    var draft = self
    let choice = draft.newChoice()
    for index in draft.links.indices where draft.links[index].source == stage {
      if arms.contains(draft.links[index].target) { draft.links[index].choice = choice }
    }
    return draft
  }

  func sparing(_ stages: String...) -> GraphDraft {
    var draft = self
    for index in draft.stages.indices where stages.contains(draft.stages[index].name) {
      draft.stages[index].runsWhenCancelled = true
    }
    return draft
  }

  var issues: [GraphIssue] {
    do throws(GraphError) {
      _ = try WorkflowGraph(self)
      return []
    } catch {
      return error.issues
    }
  }
}
