public import Logging
public import TadweenCore

/// Where a hook runs: which stage, which run, which attempt.
public struct StageContext: Sendable {
  let delivery: Delivery
  let stageRuntime: StageRuntime
  /// How long the attempt's handler took; nil before it has returned, and where it did not run.
  public internal(set) var handlerDuration: Duration?

  init(delivery: Delivery, stageRuntime: StageRuntime) {
    self.delivery = delivery
    self.stageRuntime = stageRuntime
  }

  /// The stage's name.
  public var stage: String { stageRuntime.name }
  /// The run that the message is part of.
  public var run: RunID { delivery.run }
  /// Which attempt this is, from 1.
  public var attempt: Int { Int(delivery.key.attempt) }
  /// What the attempts before this one failed with, oldest first.
  public var failures: [Failure] { delivery.history?.failures ?? [] }
  /// The map item that this is; root outside maps.
  public var scope: ScopePath { delivery.scope }
  /// Equal for every execution of the same work, after an interruption or a crash too: give it to an outside system so
  /// that what is done twice counts once.
  public var idempotencyKey: String { delivery.messageID(in: stageRuntime.graph).description }
  /// What the workflow's stages agree on.
  public var state: SharedState { stageRuntime.shared }
  /// A logger that names workflow, stage, run and attempt.
  public var logger: Logger { stageRuntime.logger(for: delivery) }
}

extension StageContext {
  /// The repository of these artifacts that the stage was given, or its workflow.
  ///
  /// - Throws: ``TadweenError`` with the code `invalidArgument` where there is none.
  public func repository<Model: Artifact>(of model: Model.Type = Model.self) throws(TadweenError) -> any Repository<
    Model
  > {
    if let repository = stageRuntime.stores.repository(of: model) { return repository }
    throw missing(.repository(model))
  }

  /// The cache of these buckets that the stage was given, or its workflow.
  ///
  /// - Throws: ``TadweenError`` with the code `invalidArgument` where there is none.
  public func cache<Bucket: CacheBucket>(of bucket: Bucket.Type = Bucket.self) throws(TadweenError) -> Cache<Bucket> {
    if let cache = stageRuntime.stores.cache(of: bucket) { return cache }
    throw missing(.cache(bucket))
  }

  private func missing(_ need: StateNeed) -> TadweenError {
    TadweenError(.invalidArgument, "The policy of stage \"\(stage)\" asks in vain: \(need.remedy).", stage: stage)
  }
}
