#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Which runs are meant. What is left out restricts nothing.
///
/// ```swift
/// try await workflow.runs(.unfinished)
/// try await workflow.runs(RunQuery(states: [.failed], stage: "transcribe", failureKind: .timeout, since: yesterday))
/// ```
public struct RunQuery: Hashable, Sendable {
  /// How a run stands.
  public enum State: String, Hashable, Sendable, CaseIterable, Codable {
    case unfinished, succeeded, failed, cancelled
  }

  public var states: Set<State>
  /// Only runs in which an attempt at this stage has ended; with ``failureKind``, has failed so.
  public var stage: String?
  /// Only runs in which an attempt failed in this way, retried or not.
  public var failureKind: Failure.Kind?
  /// Only the run that was submitted under this id.
  public var callerID: String?
  /// Only what was submitted at this moment or after it.
  public var since: Date?
  /// Only what was submitted before this moment.
  public var before: Date?

  public init(
    states: Set<State> = Set(State.allCases), stage: String? = nil, failureKind: Failure.Kind? = nil,
    callerID: String? = nil, since: Date? = nil, before: Date? = nil
  ) {
    self.states = states
    self.stage = stage
    self.failureKind = failureKind
    self.callerID = callerID
    self.since = since
    self.before = before
  }

  public static let all = RunQuery()
  public static let unfinished = RunQuery(states: [.unfinished])
}
