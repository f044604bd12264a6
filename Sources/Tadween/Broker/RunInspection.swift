public import TadweenCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// The reading half of a broker: what failed, and what waits for somebody to decide (rule R10).
///
/// Apart from ``Broker``, so that a dashboard, or another process, needs no more than this. A workflow asks its broker for
/// it where ``Workflow/deadLetters`` and ``Workflow/parked`` are used; one that has none of it says so there.
public protocol RunInspection: Sendable {
  /// The dead letters that match, those of the run that failed last first; a run's own in the order of the graph.
  ///
  /// - Parameters:
  ///   - filter: Which are meant.
  ///   - limit: The greatest number.
  func deadLetters(_ filter: DeadLetterFilter, limit: Int) async throws -> [StoredDeadLetter]

  /// How many dead letters match.
  func deadLetterCount(_ filter: DeadLetterFilter) async throws -> Int

  /// What is parked, in the same order.
  func parked(limit: Int) async throws -> [StoredParked]

  /// What a redrive would take back, were it done now. Nothing changes.
  ///
  /// - Parameters:
  ///   - ticket: The run's.
  ///   - letters: nil: all of the run's, and in a cancelled run what was cut.
  func previewRedrive(_ ticket: any RunTicket, _ letters: [DeadLetter.ID]?) async throws -> Redrive
}

/// Which dead letters are meant. What is left out restricts nothing.
public struct DeadLetterFilter: Hashable, Sendable {
  /// The name of the stage that failed.
  public var stage: String?
  public var kind: Failure.Kind?
  public var run: RunID?
  /// Only what failed before this moment.
  public var before: Date?
  /// Only what failed at this moment or after it.
  public var since: Date?

  public init(
    stage: String? = nil, kind: Failure.Kind? = nil, run: RunID? = nil, before: Date? = nil, since: Date? = nil
  ) {
    self.stage = stage
    self.kind = kind
    self.run = run
    self.before = before
    self.since = since
  }

  /// All of them.
  public static let all = DeadLetterFilter()

  /// Whether a dead letter is meant.
  public func matches(_ letter: DeadLetter, at moment: Date, in graph: WorkflowGraph) -> Bool {
    (stage == nil || stage == graph[letter.id.activation.stage].name) && (kind == nil || kind == letter.failure.kind)
      && (run == nil || run == letter.run) && before.map { moment < $0 } ?? true && since.map { moment >= $0 } ?? true
  }
}

/// A dead letter as a broker keeps it.
public struct StoredDeadLetter: Sendable {
  public let letter: DeadLetter
  /// The broker's handle on its run.
  public let ticket: any RunTicket
  public let failedAt: Date

  public init(_ letter: DeadLetter, _ ticket: any RunTicket, failedAt: Date) {
    self.letter = letter
    self.ticket = ticket
    self.failedAt = failedAt
  }
}

/// A parked activation as a broker keeps it.
public struct StoredParked: Sendable {
  public let parked: ParkedActivation
  /// The broker's handle on its run.
  public let ticket: any RunTicket
  public let failedAt: Date

  public init(_ parked: ParkedActivation, _ ticket: any RunTicket, failedAt: Date) {
    self.parked = parked
    self.ticket = ticket
    self.failedAt = failedAt
  }
}
