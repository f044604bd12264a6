internal import TadweenCore

/// Holding stages up from outside.
extension Workflow {
  /// Has a stage begin nothing more until it is resumed; what runs there goes on. Everything else goes on too, until its queue
  /// is full. A second call changes who has paused it.
  ///
  /// - Parameters:
  ///   - stage: The stage's name.
  ///   - operator: Whom ``explain()`` names as the one to ask; an application's name, or a person's.
  /// - Throws: ``TadweenError`` with the code `invalidArgument` where no stage has that name, `wrongPhase` before ``build()``,
  ///   `brokerClosed` after ``close(timeout:)``. A close waits for what a paused stage holds, until its timeout.
  public func pause(_ stage: String, by operator: String = "the program") throws {
    try engine.runtime(named: stage).pause(by: `operator`)
  }

  /// Has a paused stage go on. One that is not paused is left as it is.
  public func resume(_ stage: String) throws { try engine.runtime(named: stage).pause(by: nil) }
}

extension Engine {
  /// The stage of that name.
  func runtime(named name: String) throws -> StageRuntime {
    guard let stage = graph.stage(named: name) else {
      let names = graph.stages.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw TadweenError(
        .invalidArgument, "Workflow \"\(self.name)\" has no stage \"\(name)\": its stages are \(names).", stage: name)
    }
    return stages[Int(stage.index)]
  }
}
