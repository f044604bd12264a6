import Foundation

/// Sound as the recogniser's acoustic model was trained on it: one channel of 16-bit samples, 16 000 a second.
struct Samples: Codable, Equatable, Sendable {
  static let rate = 16_000

  var values: [Int16]

  var seconds: Double { Double(values.count) / Double(Self.rate) }

  init(_ values: [Int16]) { self.values = values }

  /// Samples without any header, little-endian.
  init(raw bytes: [UInt8]) throws {
    guard bytes.count.isMultiple(of: 2) else {
      throw AudioError("a .raw file holds 16-bit samples, but this one has an odd number of bytes (\(bytes.count))")
    }
    values = stride(from: 0, to: bytes.count, by: 2).map {
      Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
    }
  }

  /// A WAV file's sound: its channels averaged into one, at the recogniser's rate.
  init(wav file: WAVFile) {
    let mono = file.mono()
    let resampled = Resampler(from: file.format.sampleRate, to: Self.rate).resample(mono)
    values = resampled.map { sample in
      // Full scale is 1.0; filtering can overshoot it a little, which is clipped rather than wrapped round.
      Int16((sample * 32_768).rounded().clamped(to: -32_768...32_767))
    }
  }
}

/// Stored as bytes: as an array of numbers a minute of sound would be five megabytes of JSON.
extension Samples {
  init(from decoder: any Decoder) throws {
    try self.init(raw: [UInt8](decoder.singleValueContainer().decode(Data.self)))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Data(values.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }))
  }
}

extension Comparable {
  func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}
