import Testing

@testable import AudioPipeline

@Suite struct WAVFileTests {
  @Test func samplesOf16BitsAtTheRightRateAreTakenAsTheyAre() throws {
    let values: [Int16] = [0, 1, -1, 32_767, -32_768]
    let file = try WAVFile(WAVBytes(data: values.flatMap(little)).bytes)
    #expect(Samples(wav: file).values == values)
  }

  struct Encoded: Sendable {
    var tag: UInt16
    var bits: UInt16
    /// Minus a half, written in this encoding.
    var data: [UInt8]
  }

  @Test(arguments: [
    Encoded(tag: 1, bits: 8, data: [64]),
    Encoded(tag: 1, bits: 16, data: little(Int16(-0x4000))),
    Encoded(tag: 1, bits: 24, data: [0x00, 0x00, 0xC0]),
    Encoded(tag: 1, bits: 32, data: little(Int32(-0x4000_0000))),
    Encoded(tag: 3, bits: 32, data: little(Float(-0.5).bitPattern)),
    Encoded(tag: 3, bits: 64, data: little(Double(-0.5).bitPattern)),
  ])
  func everyEncodingMeansTheSame(encoded: Encoded) throws {
    let bytes = WAVBytes(tag: encoded.tag, bits: encoded.bits, data: encoded.data).bytes
    #expect(try WAVFile(bytes).mono() == [-0.5])
  }

  @Test func theExtensibleFormNamesItsEncodingFurtherOn() throws {
    var format = little(UInt16(0xFFFE)) + little(UInt16(1)) + little(UInt32(16_000)) + little(UInt32(64_000))
    format += little(UInt16(4)) + little(UInt16(32)) + little(UInt16(22)) + [0, 0, 0, 0, 0, 0]
    format += little(UInt16(3)) + Array(repeating: 0, count: 14)
    let bytes =
      Array("RIFF----WAVE".utf8) + WAVBytes.chunk("fmt ", format)
      + WAVBytes.chunk("data", little(Float(0.25).bitPattern))
    #expect(try WAVFile(bytes).mono() == [0.25])
  }

  @Test func channelsAreAveraged() throws {
    let frames = [Int16(0x4000), Int16(-0x2000), 0, 0x1000].flatMap(little)
    #expect(try WAVFile(WAVBytes(channels: 2, data: frames).bytes).mono() == [0.125, 0.0625])
  }

  @Test func otherChunksAreSkippedWithTheirPadding() throws {
    let between = WAVBytes.chunk("LIST", [1, 2, 3])
    #expect(try WAVFile(WAVBytes(data: [0, 0x40], between: between).bytes).mono() == [0.5])
  }

  @Test func aLengthThatAPipeCouldNotKnowMeansAllThereIs() throws {
    for announced in [UInt32(0x7FFF_F000), .max] {
      #expect(try WAVFile(WAVBytes(data: [0, 0x40, 7], announced: announced).bytes).mono() == [0.5])
    }
  }

  @Test func aFloatThatIsNoNumberIsSilence() throws {
    #expect(try WAVFile(WAVBytes(tag: 3, bits: 32, data: little(Float.nan.bitPattern)).bytes).mono() == [0])
  }

  @Test(
    arguments: [
      ([], "the file is empty"),
      (Array("#JSGF V1.0;".utf8), "“#JSGF V1”"),
      ([0, 1, 255], "00 01 ff"),
      (Array("fLaC....".utf8), "FLAC is not supported"),
      (Array("RIFF----AVI ".utf8), "this is no audio"),
      (Array("RIFF----WAVE".utf8), "ends before its samples begin"),
      (WAVBytes(tag: 7, bits: 8).bytes, "not supported (format 7, 8 bits)"),
      (WAVBytes(bits: 12).bytes, "not supported (format 1, 12 bits)"),
      (WAVBytes(channels: 0).bytes, "0 channels"),
      (WAVBytes(rate: 1).bytes, "1 samples a second"),
      (WAVBytes(data: [1, 2], announced: 3).bytes, "announces 3 bytes of sound and has 2"),
      (Array("RIFF----WAVE".utf8) + WAVBytes.chunk("data", [1, 2]), "its samples before their format"),
      (Array("RIFF----WAVE".utf8) + WAVBytes.chunk("fmt ", [1, 0]), "description of its samples is cut off"),
    ] as [([UInt8], String)])
  func whatIsNoUsableSoundSaysWhy(bytes: [UInt8], reason: String) throws {
    let message = try #require(sentence { _ = try WAVFile(bytes) })
    #expect(message.contains(reason), "\(message)")
  }

  /// A file can be cut anywhere, and none of its places may bring the program down.
  @Test func everyBeginningOfAFileIsReadOrRefused() {
    let whole = WAVBytes(channels: 2, bits: 24, data: Array(0..<12), between: WAVBytes.chunk("fact", [1, 2, 3])).bytes
    for length in whole.indices {
      #expect(throws: AudioError.self) { try WAVFile(Array(whole[..<length])) }
    }
  }

  /// The same for a file in which any one byte is wrong; whether it is refused depends on the byte.
  @Test func anyByteMayBeWrong() {
    let whole = WAVBytes(channels: 2, data: Array(0..<16)).bytes
    for place in whole.indices {
      for value: UInt8 in [0x00, 0x01, 0x7F, 0x80, 0xFF] {
        var bytes = whole
        bytes[place] = value
        if let file = try? WAVFile(bytes) { _ = Samples(wav: file) }
      }
    }
  }
}
