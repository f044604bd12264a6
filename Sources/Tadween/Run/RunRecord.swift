public import TadweenCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// What a broker with a history knows of a run.
public struct RunRecord: Sendable {
  public let id: RunID
  /// The id that the caller gave.
  public let callerID: String?
  public let state: RunQuery.State
  /// The stage that it was submitted to.
  public let entry: String
  public let priority: Int
  public let metadata: Metadata
  public let submitted: Date
  /// nil while it is unfinished.
  public let finished: Date?
  /// The run that it was forked from; see ``Workflow/fork(_:redoing:id:)``.
  public let origin: RunID?

  public init(
    id: RunID, callerID: String?, state: RunQuery.State, entry: String, priority: Int, metadata: Metadata,
    submitted: Date, finished: Date?, origin: RunID?
  ) {
    self.id = id
    self.callerID = callerID
    self.state = state
    self.entry = entry
    self.priority = priority
    self.metadata = metadata
    self.submitted = submitted
    self.finished = finished
    self.origin = origin
  }
}

/// One attempt at one activation of a run, once it has ended.
public struct AttemptRecord: Sendable {
  public enum Outcome: String, Hashable, Sendable, Codable {
    case succeeded, failed, notTaken, cancelled
    /// It failed, or was put off, and was made again.
    case retried
    /// It failed, and waited for somebody to decide.
    case parked
  }

  public let stage: String
  /// The map item; root outside maps.
  public let scope: ScopePath
  /// How many times the activation had been redriven.
  public let generation: Int
  /// From 1.
  public let attempt: Int
  public let outcome: Outcome
  /// What it failed of.
  public let failure: Failure?
  /// When its handler, or what stands in its place, was begun; nil where nobody knows.
  public let began: Date?
  public let ended: Date
  /// Whether it was another run's, which this one was forked from.
  public let isReused: Bool

  public init(
    stage: String, scope: ScopePath, generation: Int, attempt: Int, outcome: Outcome, failure: Failure?, began: Date?,
    ended: Date, isReused: Bool
  ) {
    self.stage = stage
    self.scope = scope
    self.generation = generation
    self.attempt = attempt
    self.outcome = outcome
    self.failure = failure
    self.began = began
    self.ended = ended
    self.isReused = isReused
  }
}
