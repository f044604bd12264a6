/// How one recording came out: its transcript, or the reason why there is none.
struct RecordingResult: Sendable {
  var recording: Recording
  var outcome: Result<ScoredTranscript, StageFailure>
}

/// The stage at which a recording's way ended, and why.
struct StageFailure: Error, Codable, Equatable, Sendable {
  var stage: String
  var reason: String
}
