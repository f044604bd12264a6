public import TadweenCore

/// Runs that were submitted before, perhaps by another process.
extension Workflow {
  /// The runs that match, the last submitted first.
  ///
  /// ```swift
  /// for record in try await workflow.runs(.unfinished) {
  ///   print(record.callerID ?? "\(record.id)", record.submitted)
  /// }
  /// ```
  /// - Parameters:
  ///   - query: Which are meant; all by default.
  ///   - limit: The greatest number; 100 by default.
  ///   - offset: How many to pass over; nought by default.
  /// - Throws: ``TadweenError`` with the code `unsupported` where the broker keeps no history, as the one in memory;
  ///   what the broker throws.
  public func runs(_ query: RunQuery = .all, limit: Int = 100, offset: Int = 0) async throws -> [RunRecord] {
    try await history.runs(query, limit: limit, offset: offset)
  }

  /// How many runs match.
  public func runCount(_ query: RunQuery = .all) async throws -> Int { try await history.runCount(query) }

  /// The attempts of a run that have ended, in the order in which they did, those that were made again included.
  public func attempts(of run: RunID) async throws -> [AttemptRecord] { try await history.attempts(of: run) }

  /// A handle on a run that was submitted before, also one that is over; nil where the broker does not know it, or not any
  /// more.
  public func run(_ id: RunID) async throws -> Run? {
    let engine = try engine
    return try await keeping("find runs again").ticket(of: id).map { Run(engine: engine, ticket: $0, round: $0.round) }
  }

  /// A new run with the submission of another one, in which whatever succeeded there counts as done: its outputs are
  /// used again, and nothing of it is run.
  ///
  /// ```swift
  /// let again = try await workflow.fork(run.id, redoing: ["summarise"])     // the transcript is not made anew
  /// ```
  /// Where ``Run/redrive()`` continues a run whose stages failed, this leaves the other run as it is, and redoes what had
  /// succeeded too, as after a change of a handler.
  ///
  /// - Parameters:
  ///   - run: The other run, finished or not.
  ///   - stages: What is to be done anew, with all that lies below it; by default only what had not succeeded.
  ///   - id: Your own id of the new run.
  /// - Throws: ``TadweenError``: `invalidArgument` where the run is not known or a stage is none; `unsupported` where
  ///   the broker keeps no outputs, as the one in memory; `idConflict` where the id stands for another run.
  public func fork(_ run: RunID, redoing stages: [String] = [], id: String? = nil) async throws -> Run {
    let engine = try engine
    let broker = try keeping("fork runs")
    guard let ticket = try await broker.ticket(of: run) else {
      throw TadweenError(.invalidArgument, "Run \(run) is not known, or not any more: it cannot be forked.", run: run)
    }
    let redone = try stages.map { name in
      guard let stage = engine.graph.stage(named: name) else {
        throw TadweenError(
          .invalidArgument, "Workflow \"\(self.name)\" has no stage \"\(name)\" to redo.", stage: name, run: run)
      }
      return stage
    }
    return try await engine.submitFork(callerID: id) { new in
      try await broker.fork(ticket, as: ForkedRun(id: new, callerID: id), redoing: Set(redone))
    }
  }

  private var history: any RunHistory {
    get throws {
      guard let history = try engine.broker as? any RunHistory else { throw keepsNothing("tell of runs") }
      return history
    }
  }

  private func keeping(_ what: String) throws -> any RunKeeping {
    guard let keeping = try engine.broker as? any RunKeeping else { throw keepsNothing(what) }
    return keeping
  }

  private func keepsNothing(_ what: String) -> TadweenError {
    TadweenError(
      .unsupported,
      "The broker of workflow \"\(name)\" keeps no history and cannot \(what): use a durable one, as .sqlite(path).")
  }
}
