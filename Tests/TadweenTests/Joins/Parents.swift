import Tadween

/// The parents of a join, each with the fate that a submission gives it.
struct Parents: Sendable {
  /// Each makes its own name.
  let a: StageReference<[Fate], String>
  let b: StageReference<[Fate], String>
  let c: StageReference<[Fate], String>

  /// - Parameter before: Runs in each parent before it ends; it may wait.
  init(of workflow: Workflow, before: @escaping @Sendable (String) async throws -> Void = { _ in }) throws {
    let root = try workflow.pass("root", [Fate].self)
    let parents = try ["a", "b", "c"].enumerated().map { index, name in
      let parent = try workflow.addStage(name) { (fates: [Fate]) in
        try await before(name)
        if fates.dropFirst(index).first == .fails { throw Trouble("\(name) is broken") }
        return name
      }
      // Who is given no fate is left out as well.
      try workflow.link(root, to: parent, when: { $0.dropFirst(index).first ?? .isLeftOut != .isLeftOut })
      return parent
    }
    (a, b, c) = (parents[0], parents[1], parents[2])
  }
}
