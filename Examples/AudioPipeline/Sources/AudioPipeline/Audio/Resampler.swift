import Foundation

/// Converts sound from one sample rate to another.
///
/// Taking every third sample of a 48 kHz recording would fold all that lies above 8 kHz down onto the speech. So the
/// sound passes through a low-pass filter first: a sinc, cut off at the lower of the two rates' limits, and faded out
/// by a Hann window after 16 zero crossings to either side. The two steps are one: the filter is evaluated only at the
/// places where an output sample lies. Those places repeat, so there is one set of weights for each of them: a *phase*.
struct Resampler {
  /// Output samples `up` for every `down` input samples, in lowest terms.
  private let up, down: Int
  /// Input samples to either side of an output sample that have a say in it.
  private let reach: Int
  /// For each phase, the weights of the input samples around it; they add up to 1.
  private let phases: [[Float]]

  init(from inputRate: Int, to outputRate: Int) {
    let divisor = greatestCommonDivisor(inputRate, outputRate)
    (up, down) = (outputRate / divisor, inputRate / divisor)
    let cutoff = min(1, Double(outputRate) / Double(inputRate))
    let radius = 16 / cutoff
    let (up, reach) = (up, Int(radius.rounded(.up)))
    self.reach = reach

    phases = (0..<up).map { phase in
      let weights = (-reach...reach).map { offset in
        let distance = Double(offset) - Double(phase) / Double(up)
        return sinc(distance * cutoff) * hann(distance / radius)
      }
      let sum = weights.reduce(0, +)
      return weights.map { Float($0 / sum) }
    }
  }

  func resample(_ input: [Float]) -> [Float] {
    guard up != down else { return input }
    return (0..<input.count * up / down).map { index in
      let (centre, phase) = (index * down / up, index * down % up)
      let first = max(centre - reach, 0)
      let last = min(centre + reach, input.count - 1)
      var sum: Float = 0
      for place in first...last { sum += input[place] * phases[phase][place - centre + reach] }
      return sum
    }
  }
}

private func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }

/// The raised cosine: 1 in the middle, 0 from ±1 outwards.
private func hann(_ x: Double) -> Double { abs(x) >= 1 ? 0 : 0.5 + 0.5 * cos(.pi * x) }

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
