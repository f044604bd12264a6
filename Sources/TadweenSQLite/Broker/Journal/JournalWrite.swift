internal import Tadween

/// One change of the tables.
enum JournalWrite {
  case run(number: Int64, NewRun, at: Int64)
  /// - Parameter lasted: How long the attempt that it ended took, in microseconds; nil where it ended none, or nobody knows.
  case event(run: Int64, number: Int64, RunEvent, lasted: Int64?, at: Int64)
  case finished(run: Int64, RunEnd.Outcome, at: Int64)
  /// A run that was complete is open again.
  case reopened(run: Int64)
  /// An activation failed for good, or is parked.
  case letter(run: Int64, Activation, generation: UInt32, Failure.Kind, isParked: Bool, at: Int64)
  /// What became of a letter is decided.
  case letterGone(run: Int64, Activation)
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
