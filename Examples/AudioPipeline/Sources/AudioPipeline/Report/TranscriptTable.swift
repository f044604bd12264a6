import Foundation

/// The table that is printed while the recordings come in, so that every row must find its columns alone: the names are
/// known beforehand, the numbers have a width of their own, and the words come last, where nothing follows them.
struct TranscriptTable {
  private let nameWidth: Int

  /// Longer names lose their middle: the end tells recordings of a series apart, the start tells the series.
  private static let longestName = 34

  init(names: [String]) {
    nameWidth = min(max(names.map(\.count).max() ?? 0, "recording".count), Self.longestName)
  }

  var header: String {
    line("recording", ["seconds", "loudness", "silence", "errors"], "words")
  }

  func row(_ result: RecordingResult) -> String {
    switch result.outcome {
    case .success(let transcript):
      return row(result.recording.name, transcript.profile, transcript.score, transcript.words)
    case .failure(let failure):
      return line(
        result.recording.name, Array(repeating: "-", count: 4), "FAILED in \(failure.stage): \(failure.reason)")
    }
  }

  /// What is stored of a recording, of which a branch may be missing.
  func row(_ recording: StoredRecording) -> String {
    guard let profile = recording.profile else {
      let seconds = String(format: "%.1f", recording.root.seconds)
      return line(recording.root.name, [seconds, "-", "-", "-"], words(recording.words))
    }
    return row(recording.root.name, profile, nil, recording.words)
  }

  private func row(_ name: String, _ profile: Profile, _ score: Score?, _ heard: [String]?) -> String {
    line(
      name,
      [
        String(format: "%.1f", profile.seconds),
        String(format: "%.0f dB", profile.loudness),
        String(format: "%.0f %%", profile.silence * 100),
        score.map { "\($0.wordErrors.count)/\($0.wordErrors.referenceWords)" } ?? "-",
      ], words(heard))
  }

  private func words(_ heard: [String]?) -> String {
    guard let heard else { return "-" }
    return heard.isEmpty ? "(no words heard)" : heard.joined(separator: " ")
  }

  private func line(_ name: String, _ numbers: [String], _ words: String) -> String {
    let name = shortened(name)
    let padding = String(repeating: " ", count: nameWidth - name.count)
    let columns = numbers.map { String(repeating: " ", count: max(0, 8 - $0.count)) + $0 }
    return ([name + padding] + columns + [words]).joined(separator: "  ")
  }

  private func shortened(_ name: String) -> String {
    guard name.count > nameWidth else { return name }
    let kept = nameWidth - 1
    return name.prefix(kept / 2) + "…" + name.suffix(kept - kept / 2)
  }
}
