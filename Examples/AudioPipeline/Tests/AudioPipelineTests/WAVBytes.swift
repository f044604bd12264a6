@testable import AudioPipeline

/// Builds WAV files by hand, right or wrong, so that the tests share no code with the parser.
struct WAVBytes {
  var tag: UInt16 = 1
  var channels: UInt16 = 1
  var rate: UInt32 = 16_000
  var bits: UInt16 = 16
  var data: [UInt8] = []
  /// What the header says of the data's length; the truth, unless set.
  var announced: UInt32?
  /// Chunks between the format and the data.
  var between: [UInt8] = []

  var bytes: [UInt8] {
    var format = little(tag) + little(channels) + little(rate)
    format += little(rate * UInt32(channels * bits / 8)) + little(channels * bits / 8) + little(bits)
    return Array("RIFF".utf8) + little(UInt32(36 + data.count)) + Array("WAVE".utf8)
      + Self.chunk("fmt ", format) + between
      + Array("data".utf8) + little(announced ?? UInt32(data.count)) + data
  }

  static func chunk(_ id: String, _ content: [UInt8]) -> [UInt8] {
    Array(id.utf8) + little(UInt32(content.count)) + content + (content.count.isMultiple(of: 2) ? [] : [0])
  }
}

func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
}

/// The sentence that a piece of work failed with.
func sentence(of work: () throws -> Void) -> String? {
  do {
    try work()
    return nil
  } catch {
    return "\(error)"
  }
}
