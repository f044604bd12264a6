import TadweenCore

/// What an engine says of one run, in the oracle's words.
struct RunReport: Sendable {
  /// An activation that fired and was not cut off before: its policy was asked, or its handler ran.
  struct Visit: Sendable, CustomStringConvertible {
    let place: Place
    /// What the handler was called with; nil where it was not called.
    let input: String?

    init(_ place: Place, input: String?) {
      self.place = place
      self.input = input
    }

    var description: String { "\(place) ← \(input ?? "not called")" }
  }

  enum Outcome: Sendable { case succeeded, failed, cancelled }

  /// In any order. A repeated visit counts as a mismatch: nothing crashes here, so all runs exactly once.
  var visits: [Visit] = []
  var outcome = Outcome.succeeded
  /// Where the failures arose that made the run fail.
  var failures: [Place] = []
  /// Where the others arose; nil if the engine does not tell.
  var absorbed: [Place]?
  /// The outputs of sinks, items that ended without one left out; nil if the engine does not tell.
  var outputs: [String: [String]]?
  /// Whether somebody cancelled the run; a failure that cancels it (`onFailure: .cancelRun`) is not meant.
  var cancelRequested = false

  init() {}
}

/// Something that runs a graph along a script: the engine, wired to handlers that follow the script.
protocol GraphRunner: Sendable {
  func run(_ draft: GraphDraft, _ script: Script) async throws -> RunReport
}
