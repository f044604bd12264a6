extension Array where Element == Double {
  /// The middle one; of an even number the upper of the two.
  package var median: Double { percentile(50) }

  /// The smallest value that this percentage of all values does not exceed.
  package func percentile(_ percentage: Int) -> Double {
    let sorted = sorted()
    return sorted[Swift.min(count - 1, count * percentage / 100)]
  }
}

extension Duration {
  package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
  package var milliseconds: Double { seconds * 1e3 }
  package var microseconds: Double { seconds * 1e6 }
}

/// How long the body takes.
package func timed(_ body: () async throws -> Void) async rethrows -> Duration {
  let start = ContinuousClock.now
  try await body()
  return start.duration(to: .now)
}
