public import Logging
public import TadweenCore

/// What a handler may know of the attempt that it is.
public struct HandlerContext: Sendable {
  let delivery: Delivery
  let stageRuntime: StageRuntime
  /// The units that it holds; nil: none.
  let grant: Grant?

  /// The stage's name.
  public var stage: String { stageRuntime.name }

  /// The run that this is part of.
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

  /// The units of the workflow's resources that this attempt and its run hold, by resource; see ``StageOptions/demands``.
  public var units: [String: Int] { grant?.units ?? [:] }

  /// Which units of a resource these are, where they have names.
  public func units(named resource: String) -> [String] { grant?.names[resource] ?? [] }

  /// What the workflow's stages agree on.
  public var state: SharedState { stageRuntime.shared }

  /// A logger that names workflow, stage, run and attempt.
  public var logger: Logger { stageRuntime.logger(for: delivery) }

  /// Tells whoever listens to the run's or the workflow's events how far this attempt is.
  ///
  /// - Parameter fraction: 0…1.
  public func report(progress fraction: Double) {
    stageRuntime.events?.emit { .progress(WorkflowEvent.Place(delivery, in: stageRuntime.graph), fraction: fraction) }
  }
}
