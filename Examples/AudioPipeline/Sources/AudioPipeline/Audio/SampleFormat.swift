/// How a WAV file writes its samples: the `fmt ` chunk.
struct SampleFormat: Equatable, Sendable {
  var encoding: SampleEncoding
  var channels: Int
  var sampleRate: Int

  var bytesPerSample: Int { encoding.width }
  var bytesPerFrame: Int { bytesPerSample * channels }

  init(encoding: SampleEncoding, channels: Int, sampleRate: Int) {
    (self.encoding, self.channels, self.sampleRate) = (encoding, channels, sampleRate)
  }

  init(chunk: ArraySlice<UInt8>) throws {
    guard chunk.count >= 16 else { throw AudioError("the WAV file's description of its samples is cut off") }
    var tag = chunk.littleEndian(UInt16.self, at: 0)
    channels = Int(chunk.littleEndian(UInt16.self, at: 2))
    sampleRate = Int(chunk.littleEndian(UInt32.self, at: 4))
    let bits = Int(chunk.littleEndian(UInt16.self, at: 14))
    // The extensible form says "see below"; below begins with the tag that was meant.
    if tag == 0xFFFE, chunk.count >= 26 { tag = chunk.littleEndian(UInt16.self, at: 24) }

    guard let encoding = SampleEncoding(tag: tag, bits: bits) else {
      throw AudioError("the WAV file's samples are of a kind that is not supported (format \(tag), \(bits) bits)")
    }
    self.encoding = encoding
    guard (1...64).contains(channels) else { throw AudioError("the WAV file claims to have \(channels) channels") }
    // Outside these no speech is recorded, and a rate of 1 would swell a small file to gigabytes.
    guard (4_000...384_000).contains(sampleRate) else {
      throw AudioError("the WAV file claims to have \(sampleRate) samples a second")
    }
  }
}

/// One way to write a sample down, little-endian in every case.
enum SampleEncoding: Equatable, Sendable {
  /// 8 bits, unsigned: silence is 128.
  case unsigned8
  case signed16, signed24, signed32
  case float32, float64

  init?(tag: UInt16, bits: Int) {
    switch (tag, bits) {
    case (1, 8): self = .unsigned8
    case (1, 16): self = .signed16
    case (1, 24): self = .signed24
    case (1, 32): self = .signed32
    case (3, 32): self = .float32
    case (3, 64): self = .float64
    default: return nil
    }
  }

  /// Bytes a sample.
  var width: Int {
    switch self {
    case .unsigned8: 1
    case .signed16: 2
    case .signed24: 3
    case .signed32, .float32: 4
    case .float64: 8
    }
  }

  /// The sample that begins at `index`, full scale being 1.
  func sample(in bytes: ArraySlice<UInt8>, at index: Int) -> Float {
    let here = bytes[index...]
    switch self {
    case .unsigned8:
      return (Float(bytes[index]) - 128) / 0x80
    case .signed16:
      return Float(Int16(bitPattern: here.littleEndian(UInt16.self, at: 0))) / 0x8000
    case .signed24:
      // Shifted to the top of 32 bits, so that its highest bit becomes the sign.
      let low = UInt32(bytes[index]), middle = UInt32(bytes[index + 1]), high = UInt32(bytes[index + 2])
      return Float(Int32(bitPattern: low << 8 | middle << 16 | high << 24)) / 0x8000_0000
    case .signed32:
      return Float(Int32(bitPattern: here.littleEndian(UInt32.self, at: 0))) / 0x8000_0000
    case .float32:
      return finite(Float(bitPattern: here.littleEndian(UInt32.self, at: 0)))
    case .float64:
      return finite(Float(Double(bitPattern: here.littleEndian(UInt64.self, at: 0))))
    }
  }

  /// A broken float would spoil every sample near it; silence spoils one.
  private func finite(_ sample: Float) -> Float { sample.isFinite ? sample : 0 }
}

extension ArraySlice<UInt8> {
  /// The number written at an offset from the slice's start, lowest byte first.
  func littleEndian<Number: FixedWidthInteger>(_: Number.Type, at offset: Int) -> Number {
    let start = startIndex + offset
    return (0..<Number.bitWidth / 8).reduce(0) { $0 | Number(self[start + $1]) << ($1 * 8) }
  }
}
