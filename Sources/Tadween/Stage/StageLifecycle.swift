internal import TadweenCore

/// Makes stages ready before the first run, and ends them after the last: their task queues and their handlers.
enum StageLifecycle {
  /// Starts all task queues, then warms up all stages at the same time, each stage's instances one by one. Where one
  /// fails, those that are ready are shut down: the workflow may be built again, and does all of it again then.
  static func warmUp(_ stages: [StageRuntime]) async throws {
    for (count, stage) in stages.enumerated() {
      do {
        try stage.options.taskQueue.start()
      } catch {
        for ready in stages[..<count] { await shutDown(ready) }
        throw TadweenError(
          (error as? TadweenError)?.code ?? .cannotStart,
          "The task queue of stage \"\(stage.name)\" could not start: \(error)", stage: stage.name, underlying: error)
      }
    }
    let failure = await withTaskGroup(of: TadweenError?.self) { group in
      for stage in stages { group.addTask { await warmUp(stage) } }
      return await group.reduce(nil) { $0 ?? $1 }
    }
    guard let failure else { return }
    for stage in stages { await shutDown(stage) }
    throw failure
  }

  private static func warmUp(_ stage: StageRuntime) async -> TadweenError? {
    for slot in stage.slots {
      do {
        try await withTaskExecutorPreference(stage.options.taskQueue.executor(ofWorker: slot.index)) {
          try await slot.instance.warmUp()
        }
      } catch {
        return TadweenError(
          .warmUpFailed, "The handler of stage \"\(stage.name)\" could not be warmed up: \(error)", stage: stage.name,
          underlying: error)
      }
    }
    return nil
  }

  /// Shuts down what is warm, an instance that never was is left alone, and gives the stage's task queue up.
  static func shutDown(_ stage: StageRuntime) async {
    for slot in stage.state.withLock({ $0.slots + $0.retiredSlots }) {
      await withTaskExecutorPreference(stage.options.taskQueue.executor(ofWorker: slot.index)) {
        await slot.instance.shutDown()
      }
    }
    await stage.options.taskQueue.close()
  }
}
