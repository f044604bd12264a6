import Foundation

/// A recording as `transcripts.json` shows it; what is not known of it is left out.
struct ReportEntry: Encodable {
  var recording: String
  var words: String?
  var profile: Profile?
  var score: ScoreEntry?
  var failure: StageFailure?

  struct ScoreEntry: Encodable {
    var corpus: String
    var errors: Int
    var referenceWords: Int
    var wordErrorRate: Double?
  }

  init(_ result: RecordingResult) {
    recording = result.recording.name
    switch result.outcome {
    case .success(let transcript):
      words = transcript.words.joined(separator: " ")
      profile = transcript.profile.rounded
      score = transcript.score.map {
        ScoreEntry(
          corpus: $0.corpus, errors: $0.wordErrors.count, referenceWords: $0.wordErrors.referenceWords,
          wordErrorRate: $0.wordErrors.rate?.rounded(toPlaces: 4))
      }
    case .failure(let failure):
      self.failure = failure
    }
  }
}

extension Profile {
  /// To the millisecond, the tenth of a decibel, the tenth of a percent: what lies below is noise to a reader.
  fileprivate var rounded: Profile {
    var profile = self
    profile.seconds = seconds.rounded(toPlaces: 3)
    profile.peak = peak.rounded(toPlaces: 1)
    profile.loudness = loudness.rounded(toPlaces: 1)
    profile.silence = silence.rounded(toPlaces: 3)
    return profile
  }
}

extension Double {
  fileprivate func rounded(toPlaces places: Int) -> Double {
    let scale = pow(10, Double(places))
    return (self * scale).rounded() / scale
  }
}
