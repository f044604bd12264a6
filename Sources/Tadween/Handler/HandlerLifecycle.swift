internal import TadweenCore

/// Warms handlers up before the first run, and shuts them down after the last.
enum HandlerLifecycle {
  /// All stages at the same time, each stage's instances one by one. Where one fails, those that are warm are shut down.
  static func warmUp(_ stages: [StageRuntime]) async throws {
    let failure = await withTaskGroup(of: TadweenError?.self) { group in
      for stage in stages { group.addTask { await warmUp(stage) } }
      return await group.reduce(nil) { $0 ?? $1 }
    }
    guard let failure else { return }
    for stage in stages { await coolDown(stage) }
    throw failure
  }

  private static func warmUp(_ stage: StageRuntime) async -> TadweenError? {
    for slot in stage.slots {
      do {
        try await withTaskExecutorPreference(stage.options.taskQueue.executor(ofWorker: slot.index)) {
          try await stage.work.warmUp(slot.index)
        }
      } catch {
        return TadweenError(
          .warmUpFailed, "The handler of stage \"\(stage.name)\" could not be warmed up: \(error)", stage: stage.name,
          underlying: error)
      }
    }
    return nil
  }

  /// Shuts down what is warm, and ends the stage's task queue.
  static func shutDown(_ stage: StageRuntime) async {
    await coolDown(stage)
    await stage.options.taskQueue.close()
  }

  /// Shuts down what is warm; an instance that never was is left alone. The task queue goes on: a workflow whose build
  /// failed may be built again, and a queue that is closed does not start again.
  static func coolDown(_ stage: StageRuntime) async {
    for slot in stage.slots {
      await withTaskExecutorPreference(stage.options.taskQueue.executor(ofWorker: slot.index)) {
        await stage.work.shutDown(slot.index)
      }
    }
  }
}
