internal import TadweenCore

/// Changing stages from outside, while they work.
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

  /// Ends whatever waits at a stage, cancelled: what is ready, what stands at a gate, what waits for its next attempt, and items
  /// of maps that have not opened. What a worker has in hand goes on, and what comes later is not touched: pause the stage
  /// first where nothing is to slip through. What is parked waits for a decision and for nothing else, and stays.
  ///
  /// ```swift
  /// try workflow.pause("transcribe", by: "ops")
  /// let count = try await workflow.cancelWaiting(at: "transcribe")
  /// try workflow.resume("transcribe")
  /// ```
  /// Each of them ends as any activation does: what needs its value does not run, a join that asks for its outcome does, and a
  /// stage whose options say ``StageOptions/runsWhenCancelled`` is no exception. The runs go on where they can. A run is
  /// cancelled where one of its sinks was cut so, or could not run because of it, and no sink failed; where joins took it as
  /// an outcome, the run ends as if nothing had happened. ``Run/redrive()`` does again what was cut. No policy is told.
  ///
  /// It is recorded a thousand at a time, and what a commit has recorded stays so.
  ///
  /// - Parameter stage: The stage's name.
  /// - Returns: How many ended so. What was cancelled with its run meanwhile is not among them.
  /// - Throws: ``TadweenError`` with the code `invalidArgument` where no stage has that name, `wrongPhase` before ``build()``,
  ///   `brokerClosed` where the workflow is closed before all of it is recorded.
  @discardableResult
  public func cancelWaiting(at stage: String) async throws -> Int {
    let engine = try engine
    return try await engine.cancelWaiting(at: engine.runtime(named: stage))
  }

  /// Lets so many of a stage's handlers run at once. Returns when new workers are warmed up and at work; those that are too
  /// many finish what they have in hand, and their handlers are shut down, unless all workers share one.
  ///
  /// - Parameters:
  ///   - count: At least 1. A stage on threads of its own keeps as many as its task queue was made with.
  ///   - stage: The stage's name.
  /// - Throws: ``TadweenError`` with the code `invalidArgument` where no stage has that name, where `count` is less than 1, or
  ///   where the stage works on threads; `warmUpFailed`, and the number stays as it is, where a new handler cannot be warmed
  ///   up; `wrongPhase` before ``build()``, `brokerClosed` after ``close(timeout:)``.
  public func setWorkers(_ count: Int, at stage: String) async throws {
    let runtime = try engine.runtime(named: stage)
    guard count >= 1 else {
      throw TadweenError(
        .invalidArgument, "Stage \"\(stage)\" cannot have \(count) workers: use at least 1, or pause it.", stage: stage)
    }
    try await runtime.setWorkers(count)
  }
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
