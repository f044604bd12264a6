import Testing

@testable import TadweenCore

/// The rate gate of rule R14.
@Suite("R14: the rate of starts") struct TokenBucketTests {
  /// How many tokens there are at a moment, taken.
  private func take(_ bucket: inout TokenBucket, at now: Duration) -> Int {
    var count = 0
    while bucket.nextToken <= now, count < 1_000 {
      bucket.take(at: now)
      count += 1
    }
    return count
  }

  @Test("so many at once after a quiet time, and no more for a longer one", arguments: [1, 2, 5])
  func burst(_ burst: Int) {
    var bucket = TokenBucket(RateLimit(1, per: .seconds(1), burst: burst))
    let counts = [0, 1, 1_000, 1_002].map { take(&bucket, at: .seconds($0)) }
    #expect(counts == [burst, 1, burst, min(burst, 2)])
  }

  @Test("a token comes at its moment and not before")
  func moment() {
    var bucket = TokenBucket(RateLimit(2, per: .seconds(1), burst: 1))
    let first = take(&bucket, at: .seconds(5))
    let early = take(&bucket, at: .milliseconds(5_500) - .nanoseconds(1))
    let second = take(&bucket, at: .milliseconds(5_500))
    #expect([first, early, second] == [1, 0, 1])
  }

  @Test("asked however often, it neither gains nor loses a token", arguments: [3, 7, 999])
  func drift(_ count: Int) {
    var bucket = TokenBucket(RateLimit(count, per: .seconds(1), burst: 2))
    var taken = 0
    for millisecond in 0...10_000 { taken += take(&bucket, at: .milliseconds(millisecond)) }
    // The burst, and ten seconds of tokens.
    #expect((count * 10 + 1...count * 10 + 2).contains(taken))
  }

  @Test("a clock that jumps back and forth gives no more than the burst and what time brings")
  func jumps() {
    var bucket = TokenBucket(RateLimit(1, per: .seconds(1), burst: 3))
    let counts = [100, 0, 100, 50, 101, 0, 103].map { take(&bucket, at: .seconds($0)) }
    #expect(counts == [3, 0, 0, 0, 1, 0, 2])
  }

  @Test("a burst that no clock can measure is no burst that traps", arguments: [1, 1_000, Int.max])
  func huge(_ count: Int) {
    var bucket = TokenBucket(RateLimit(count, per: .seconds(60), burst: .max))
    let taken = take(&bucket, at: .zero)
    #expect(taken == 1_000)
  }
}
