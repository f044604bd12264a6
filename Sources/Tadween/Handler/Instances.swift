/// How the instances of a handler come to be.
public struct Instances<H: HandlerLifecycle>: Sendable {
  @usableFromInline let make: @Sendable () throws -> H

  /// One instance a worker, kept by it: the handler need not be `Sendable`.
  ///
  /// ```swift
  /// try workflow.addStage("asr", instances: .perWorker { try Recogniser(model: path) })
  /// ```
  /// - Parameter make: Called when the workflow is built, once for each worker of the stage's task queue. What it throws
  ///   keeps the workflow from being built.
  public static func perWorker(_ make: @escaping @Sendable () throws -> H) -> Instances {
    Instances(make: make)
  }
}
