internal import Tadween

/// One change of the tables.
enum JournalWrite {
  /// - Parameter origin: The number of the run that it was forked from.
  case run(number: Int64, NewRun, origin: Int64?, at: Int64)
  /// - Parameters:
  ///   - lasted: How long the attempt that it ended took, in microseconds; nil where it ended none, or nobody knows.
  ///   - isReused: Whether it happened in the run that this one was forked from.
  case event(run: Int64, number: Int64, RunEvent, lasted: Int64?, isReused: Bool, at: Int64)
  case finished(run: Int64, RunEnd.Outcome, at: Int64)
  /// A run that was complete is open again.
  case reopened(run: Int64)
  /// An activation failed for good, or is parked.
  case letter(run: Int64, Activation, generation: UInt32, Failure.Kind, isParked: Bool, at: Int64)
  /// What became of a letter is decided.
  case letterGone(run: Int64, Activation)
}

extension JournalWrite {
  /// The number of the run that it is about.
  var run: Int64 {
    switch self {
    case .run(let run, _, _, _), .event(let run, _, _, _, _, _), .finished(let run, _, _), .reopened(let run),
      .letter(let run, _, _, _, _, _), .letterGone(let run, _):
      run
    }
  }
}

/// How a run ended, as its row has it.
enum StoredOutcome: Int64 {
  case succeeded, failed, cancelled

  init(_ outcome: RunEnd.Outcome) {
    self =
      switch outcome {
      case .succeeded: .succeeded
      case .failed: .failed
      case .cancelled: .cancelled
      }
  }
}
