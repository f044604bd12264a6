internal import TadweenCore

/// Pictures of the graph.
extension Workflow {
  /// Draws the workflow, before or after it is built.
  ///
  /// Entries, conditions, choices, joins with their needs and rules, maps, gathers and failure links can be told apart;
  /// any stage name is drawn as it is.
  ///
  /// - Parameters:
  ///   - path: Where to; its extension decides the format. `.dot` and `.mmd` (Mermaid) are text and need nothing;
  ///     `.svg`, `.png` and `.pdf` are laid out by Graphviz's `dot`.
  ///   - details: Whether each stage shows its handler, its policy and its limits.
  /// - Throws: ``TadweenError`` with the code `invalidGraph` where the graph cannot be built, `invalidArgument` for
  ///   another extension, `toolMissing` where `dot` is not installed (the message says how to), `visualizationFailed`
  ///   where `dot` fails or the file cannot be written.
  public func visualize(to path: String, details: Bool = false) async throws {
    let draft = try draft
    let graph: WorkflowGraph
    do {
      graph = try draft.check(
        encoding: nil, resources: stock, stores: stores, maxRunsInFlight: maxRunsInFlight, runTimeout: runTimeout,
        lifetime: lifetime)
    } catch {
      throw TadweenError(.invalidGraph, "Workflow \"\(name)\" cannot be drawn:\n\(error)", underlying: error)
    }
    let picture = GraphPicture(of: graph, name: name, details: details ? draft.details : nil)
    try await picture.render(to: path)
  }
}

extension WorkflowDraft {
  /// What each stage is made of, for a picture that shows it.
  fileprivate var details: [StageID: StageDetail] {
    let details = stages.enumerated().map { index, stage in
      let queue = stage.options.taskQueue
      let limits =
        ["\(queue.workers) \(queue.workers == 1 ? "worker" : "workers")"]
        + (stage.options.timeout.map { ["timeout \($0)"] } ?? [])
      return (
        StageID(index), StageDetail(handler: stage.handlerName, policy: stage.policyName, limits: limits)
      )
    }
    return Dictionary(uniqueKeysWithValues: details)
  }
}
