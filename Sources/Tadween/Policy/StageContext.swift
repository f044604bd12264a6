public import Logging
public import TadweenCore

/// Where a hook runs: which stage, which run, which attempt.
public struct StageContext: Sendable {
  let delivery: Delivery
  let stageRuntime: StageRuntime

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
  /// What the workflow's stages agree on.
  public var state: SharedState { stageRuntime.shared }
  /// A logger that names workflow, stage, run and attempt.
  public var logger: Logger { stageRuntime.logger(for: delivery) }
}
