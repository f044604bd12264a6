/// How often a stage may begin (rule R14): so many times a period, and so many at once.
///
/// ```swift
/// try workflow.addStage("ask", AskHandler(), options: .init(rate: RateLimit(60, per: .seconds(60), burst: 5)))
/// ```
/// A token bucket: tokens come in evenly, a start takes one, and no more than `burst` are kept.
public struct RateLimit: Hashable, Sendable {
  public let count: Int
  public let period: Duration
  public let burst: Int

  /// - Parameters:
  ///   - count: How many starts a period allows.
  ///   - period: What they are counted over; 1 second by default.
  ///   - burst: How many may start at once after a quiet time; `count` by default.
  public init(_ count: Int, per period: Duration = .seconds(1), burst: Int? = nil) {
    self.count = count
    self.period = period
    self.burst = burst ?? count
  }

  /// What makes it unusable, with the remedy; nil: nothing.
  package var problem: String? {
    if count < 1 { return "it allows \(count) starts; use at least 1" }
    if period <= .zero { return "its period is \(period); use more than nought" }
    if burst < 1 { return "it allows \(burst) starts at once; use at least 1" }
    return nil
  }
}

/// The tokens of a rate limit.
///
/// It keeps the moment at which the bucket would be full again, and no fraction of a token: nothing is lost to rounding
/// however often it is asked. A clock that goes back only makes it wait.
struct TokenBucket: Sendable {
  private let interval: Duration
  /// How long a bucket that is empty but for one token takes to be full.
  private let filling: Duration
  private var fullAt = Duration.zero

  init(_ limit: RateLimit) {
    interval = limit.period / limit.count
    // A greater burst than that is none that anybody waits for; and no duration could say it.
    let greatest = Duration.seconds(Int64.max)
    filling = Double(limit.burst - 1) * (interval / greatest) < 1 ? interval * (limit.burst - 1) : greatest
  }

  /// The moment from which a token is there.
  var nextToken: Duration { fullAt - filling }

  mutating func take(at now: Duration) { fullAt = max(fullAt, now) + interval }
}
