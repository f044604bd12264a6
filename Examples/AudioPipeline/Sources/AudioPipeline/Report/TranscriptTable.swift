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
      let profile = transcript.profile
      return line(
        result.recording.name,
        [
          String(format: "%.1f", profile.seconds),
          String(format: "%.0f dB", profile.loudness),
          String(format: "%.0f %%", profile.silence * 100),
          transcript.score.map { "\($0.wordErrors.count)/\($0.wordErrors.referenceWords)" } ?? "-",
        ],
        transcript.words.isEmpty ? "(no words heard)" : transcript.words.joined(separator: " "))
    case .failure(let failure):
      return line(
        result.recording.name, Array(repeating: "-", count: 4), "FAILED in \(failure.stage): \(failure.reason)")
    }
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
