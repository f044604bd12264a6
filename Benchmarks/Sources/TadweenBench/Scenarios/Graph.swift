internal import Measure
internal import Tadween

/// Checking large graphs, and building workflows of them.
struct Graph {
  let stages: Int

  init(_ options: Options) { stages = options.stages ?? 10_000 }

  func measure() async throws -> JSONLine {
    var line = JSONLine("graph")
    line.add("stages", stages)
    line.add("ms", try await check(chain), places: 1)
    line.add("mixed_ms", try await check(mixed), places: 1)
    line.add("wide_ms", try await check(wide), places: 1)
    line.add("build_ms", try await build(), places: 1)
    return line
  }

  private func check(_ draft: GraphDraft) async throws -> Double {
    var times: [Double] = []
    for _ in 0..<5 {
      times.append(try await timed { _ = try WorkflowGraph(draft) }.milliseconds)
    }
    return times.median
  }

  /// A workflow with handlers, from an empty one to one that takes submissions, closed again.
  private func build() async throws -> Double {
    var times: [Double] = []
    for _ in 0..<3 {
      var line: Line<Item>?
      times.append(try await timed { line = try await Line<Item>(stages: stages, workers: 1) }.milliseconds)
      try await line?.workflow.close()
    }
    return times.median
  }
}

/// The graphs.
extension Graph {
  /// All stages in a line.
  private var chain: GraphDraft {
    var draft = GraphDraft()
    for stage in 0..<stages {
      draft.stages.append(.init("stage \(stage)"))
      if stage > 0 { draft.links.append(.init("stage \(stage - 1)", "stage \(stage)")) }
    }
    return draft
  }

  /// One source, one join, and every other stage between them.
  private var wide: GraphDraft {
    var draft = GraphDraft()
    draft.stages = [.init("source")] + (0..<max(1, stages - 2)).map { .init("stage \($0)") } + [.init("join")]
    let join = draft.newJoin()
    for stage in draft.stages.dropFirst().dropLast() {
      draft.links.append(.init("source", stage.name))
      draft.links.append(.init(stage.name, "join", join: join))
    }
    return draft
  }

  /// A line of blocks of ten stages, each with a choice, a join, a map with its gather, and a failure link.
  private var mixed: GraphDraft {
    var draft = GraphDraft()
    for block in 0..<max(1, stages / 10) {
      func name(_ position: Int) -> String { "stage \(block).\(position)" }
      for position in 0..<10 { draft.stages.append(.init(name(position))) }
      if block > 0 { draft.links.append(.init("stage \(block - 1).8", name(0))) }
      let choice = draft.newChoice()
      let join = draft.newJoin()
      let map = draft.newMap()
      draft.links += [
        .init(name(0), name(1), choice: choice),
        .init(name(0), name(2), choice: choice),
        .init(name(1), name(3), need: .ifTaken, join: join),
        .init(name(2), name(3), need: .ifTaken, join: join),
        .init(name(3), name(4)),
        .init(name(4), name(5), kind: .each(map)),
        .init(name(5), name(6), isConditional: true),
        .init(name(6), name(7), kind: .gather(.ifTaken)),
        .init(name(7), name(8)),
        .init(name(7), name(9), kind: .failure),
      ]
    }
    return draft
  }
}
