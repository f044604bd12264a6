/// A WAV file: RIFF chunks, of which two matter: `fmt ` says how a sample is written, `data` holds the samples.
///
/// Every length in it was written by somebody else's program, so each one is checked against the bytes that are there
/// before it is believed.
struct WAVFile: Sendable {
  var format: SampleFormat
  /// The `data` chunk, a whole number of frames.
  var data: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) throws {
    guard bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WAVE".utf8) else {
      throw AudioError(notWAV: bytes)
    }
    var format: SampleFormat?
    var rest = bytes.dropFirst(12)
    while rest.count >= 8 {
      let id = rest.prefix(4)
      let announced = Int(rest.littleEndian(UInt32.self, at: 4))
      let body = rest.dropFirst(8)
      let content = body.prefix(announced)
      if id.elementsEqual("fmt ".utf8) {
        format = try SampleFormat(chunk: content)
      } else if id.elementsEqual("data".utf8) {
        guard let format else { throw AudioError("the WAV file has its samples before their format") }
        try Self.check(announced: announced, present: content.count)
        self.format = format
        data = content.prefix(content.count / format.bytesPerFrame * format.bytesPerFrame)
        return
      }
      // Chunks begin at even places: an odd one is followed by a byte that counts for nothing.
      rest = body.dropFirst(announced + announced % 2)
    }
    throw AudioError("the WAV file ends before its samples begin")
  }

  /// A program that writes into a pipe cannot know the length in advance, and announces one close to 2 or 4 GiB
  /// instead: what comes is then all there is. Any other length is a promise, and a file that breaks it is damaged.
  private static func check(announced: Int, present: Int) throws {
    let isUnknown = announced >= 0x7FFF_0000
    guard announced <= present || isUnknown else {
      throw AudioError("the WAV file is cut off: it announces \(announced) bytes of sound and has \(present)")
    }
  }

  /// The sound as one channel, the average of all, full scale being 1.
  func mono() -> [Float] {
    let (width, channels) = (format.bytesPerSample, format.channels)
    return stride(from: data.startIndex, to: data.endIndex, by: format.bytesPerFrame).map { frame in
      var sum: Float = 0
      for channel in 0..<channels { sum += format.encoding.sample(in: data, at: frame + channel * width) }
      return sum / Float(channels)
    }
  }
}
