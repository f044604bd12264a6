public import TadweenCore

/// What a broker remembers of runs, those that are over included. A broker of which a workflow is to be asked for
/// ``Workflow/runs(_:limit:offset:)`` conforms to it; the one in memory does not.
public protocol RunHistory: Sendable {
  /// The runs that match, the last submitted first.
  func runs(_ query: RunQuery, limit: Int, offset: Int) async throws -> [RunRecord]

  /// How many match.
  func runCount(_ query: RunQuery) async throws -> Int

  /// The attempts of a run that have ended, in the order in which they did; empty where the run is not known.
  func attempts(of run: RunID) async throws -> [AttemptRecord]
}

/// A broker that finds runs again by their ids, and makes new ones of them.
public protocol RunKeeping: Broker {
  /// The broker's handle on a run; nil where it is not known, or not any more.
  func ticket(of run: RunID) async throws -> (any RunTicket)?

  /// Creates a run with the submission of another, in which whatever succeeded there has succeeded already, but for these
  /// stages and all that lies below them.
  ///
  /// - Parameters:
  ///   - ticket: The other one's.
  ///   - fork: The new run's id, and its caller's; its payload, priority and metadata are the other one's.
  ///   - stages: What is done anew, with all that lies below it.
  func fork(_ ticket: any RunTicket, as fork: ForkedRun, redoing stages: Set<StageID>) async throws -> SubmitResult
}

/// What a fork is called.
public struct ForkedRun: Sendable {
  public let id: RunID
  public let callerID: String?

  public init(id: RunID = .random(), callerID: String? = nil) {
    self.id = id
    self.callerID = callerID
  }
}
