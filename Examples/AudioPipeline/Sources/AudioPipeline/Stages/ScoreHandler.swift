import Tadween

/// What the two branches found out about one recording, joined.
struct Analysis: Codable, Sendable {
  var transcript: Transcript
  var profile: Profile
}

/// A recording's transcript, its profile, and how many of its words are wrong, where that can be known.
struct ScoredTranscript: Codable, Sendable {
  var recording: Recording
  var words: [String]
  var profile: Profile
  var score: Score?
}

/// The errors in a transcript, and the corpus that its reference comes from.
struct Score: Codable, Equatable, Sendable {
  var corpus: String
  var wordErrors: WordErrors
}

/// Compares each transcript with what was really said, where a reference is known.
///
/// This stage alone reads the references: no other can be tempted to look the answers up.
struct ScoreHandler: Handler {
  let transcriptions: [Transcription]
  private var references: [String: Reference] = [:]

  init(transcriptions: [Transcription]) { self.transcriptions = transcriptions }

  /// The engine warms handlers up while it builds the workflow, so a mistake in the references shows before any work.
  mutating func warmUp() async throws {
    for transcription in transcriptions {
      // A recording in two transcriptions is scored by the first.
      references.merge(try transcription.read()) { first, _ in first }
    }
  }

  func run(_ analysis: Analysis, context: HandlerContext) async throws -> ScoredTranscript {
    let (transcript, recording) = (analysis.transcript, analysis.transcript.recording)
    let score = references[recording.identifier].map {
      Score(corpus: $0.corpus, wordErrors: WordErrors(in: transcript.words, against: $0.words))
    }
    return ScoredTranscript(
      recording: recording, words: transcript.words, profile: analysis.profile, score: score)
  }
}
