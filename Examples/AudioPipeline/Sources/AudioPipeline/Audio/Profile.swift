import Foundation

/// How a recording sounds.
struct Profile: Codable, Equatable, Sendable {
  var seconds: Double
  /// The highest sample and the average power, in decibels relative to full scale: 0 is as loud as a file can be.
  var peak, loudness: Double
  /// The share of the recording in which nobody speaks, from 0 to 1.
  var silence: Double

  /// No 16-bit sample but 0 is quieter than this, and 0 would be minus infinity, which JSON cannot hold.
  static let quietest = -96.0
  /// Nobody's speech is below this.
  static let inaudible = -60.0

  init(of samples: Samples) {
    seconds = samples.seconds
    peak = decibels(samples.values.map { abs(Double($0)) }.max() ?? 0)
    loudness = decibels(rootMeanSquare(samples.values[...]))

    // Silence is judged in frames of 20 ms, against the loudest of them: what is silent in a loud recording
    // can be speech in a quiet one, down to the level at which there is nothing but hiss.
    let length = Samples.rate / 50
    let frames = stride(from: 0, to: samples.values.count, by: length).map { start in
      decibels(rootMeanSquare(samples.values[start..<min(start + length, samples.values.count)]))
    }
    let threshold = max((frames.max() ?? 0) - 30, Self.inaudible)
    silence = frames.isEmpty ? 1 : Double(frames.count { $0 <= threshold }) / Double(frames.count)
  }
}

private func rootMeanSquare(_ samples: ArraySlice<Int16>) -> Double {
  guard !samples.isEmpty else { return 0 }
  return (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
}

private func decibels(_ amplitude: Double) -> Double { max(20 * log10(amplitude / 32_768), Profile.quietest) }
