import Foundation
import Testing

@testable import AudioPipeline

@Suite struct SamplesTests {
  @Test func rawSamplesAreLittleEndian() throws {
    #expect(try Samples(raw: [0x01, 0x00, 0xFF, 0xFF, 0x00, 0x80]).values == [1, -1, -32_768])
    #expect(throws: AudioError.self) { try Samples(raw: [1, 2, 3]) }
  }

  /// A tone keeps its height and its loudness from whatever rate it comes.
  @Test(arguments: [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
  func resamplingKeepsATone(rate: Int) {
    let input = tone(of: 1_000, rate: rate)
    let output = Resampler(from: rate, to: 16_000).resample(input)
    #expect(abs(output.count - 16_000) <= 1)

    let expected = tone(of: 1_000, rate: 16_000)
    // Both ends are left out: there the filter hears the silence before and after.
    let worst = (1_000..<15_000).map { abs(output[$0] - expected[$0]) }.max() ?? 1
    #expect(worst < 0.01)
  }

  /// What lies above half the new rate would come back as a tone that nobody played.
  @Test func resamplingRemovesWhatTheNewRateCannotHold() {
    let output = Resampler(from: 48_000, to: 16_000).resample(tone(of: 11_000, rate: 48_000))
    let loudest = output[1_000..<15_000].map(abs).max() ?? 1
    #expect(loudest < 0.01)
  }

  @Test func overshootIsClippedNotWrapped() throws {
    let loud = [Float(1.5), -1.5].flatMap { little($0.bitPattern) }
    let file = try WAVFile(WAVBytes(tag: 3, bits: 32, data: loud).bytes)
    #expect(Samples(wav: file).values == [32_767, -32_768])
  }

  @Test func theProfileOfATone() {
    let half = tone(of: 1_000, rate: 16_000).map { Int16($0 * 16_384) }
    let profile = Profile(of: Samples(half + Array(repeating: 0, count: 16_000)))
    #expect(profile.seconds == 2)
    #expect(profile.silence == 0.5)
    // A sine at half of full scale peaks at -6 dB; its power is 3 dB less, and 3 more for the silent half.
    #expect(abs(profile.peak - -6.02) < 0.01)
    #expect(abs(profile.loudness - -12.04) < 0.01)
  }

  @Test func hissIsSilenceAndNothingIsInfinite() {
    let hiss = Profile(of: Samples((0..<16_000).map { $0.isMultiple(of: 2) ? 1 : -1 }))
    #expect(hiss.silence == 1)
    let nothing = Profile(of: Samples([0, 0]))
    #expect(nothing.loudness == Profile.quietest && nothing.peak == Profile.quietest && nothing.silence == 1)
  }

  /// One second of a sine.
  private func tone(of frequency: Double, rate: Int) -> [Float] {
    (0..<rate).map { Float(sin(2 * .pi * frequency * Double($0) / Double(rate))) }
  }
}
