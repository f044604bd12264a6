/// Whether a failed attempt is made again, and when (rule R10): a pure function of what failed, of how many attempts there
/// were, and of the time since the first.
///
/// ```swift
/// try workflow.addStage("upload", UploadHandler(), options: .init(retry: .exponential(maxAttempts: 5)))
/// ```
/// A policy is a value: each stage has its own, and nothing is shared.
public struct RetryPolicy: Sendable {
  /// What a policy decides about.
  public struct Situation: Sendable {
    /// What is recorded of the attempt.
    public let failure: Failure
    /// What was thrown.
    public let error: any Error
    /// Which attempt it was, from 1.
    public let attempt: Int
    /// The time since the first attempt began, waiting included.
    public let elapsed: Duration

    public init(failure: Failure, error: any Error, attempt: Int, elapsed: Duration) {
      self.failure = failure
      self.error = error
      self.attempt = attempt
      self.elapsed = elapsed
    }
  }

  public enum Decision: Hashable, Sendable {
    /// The next attempt begins so long after this one ended.
    case retry(after: Duration)
    /// The activation has failed.
    case fail
    /// It is tried again after so long, and this counts as no attempt: for what is not there yet.
    case snooze(for: Duration)
  }

  private enum Backoff: Sendable {
    case fixed(Duration)
    case exponential(base: Duration, cap: Duration)
    case custom(@Sendable (Situation) -> Decision)
  }

  /// The greatest number of attempts, the first included.
  public let maxAttempts: Int
  private let backoff: Backoff
  /// What is retried. An input that did not fit never is: it would not fit again.
  public private(set) var kinds: Set<Failure.Kind> = [.handler, .timeout]
  /// How many of the stage's attempts may be retries; nil: all of them.
  public private(set) var budget: RetryBudget?

  /// A failed attempt is the last; the default.
  public static let none = RetryPolicy(maxAttempts: 1, .fixed(.zero))

  /// Retries after the same time each time.
  ///
  /// - Parameter maxAttempts: The first included.
  public static func fixed(_ delay: Duration, maxAttempts: Int) -> RetryPolicy {
    RetryPolicy(maxAttempts: maxAttempts, .fixed(delay))
  }

  /// Retries after a random time between nought and a limit that doubles with each attempt.
  ///
  /// The "full jitter" of Marc Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): of many that failed
  /// together, few come back together.
  ///
  /// - Parameters:
  ///   - maxAttempts: The first included.
  ///   - base: The limit after the first attempt; 1 second by default.
  ///   - cap: What the limit never passes; 1 minute by default.
  public static func exponential(
    maxAttempts: Int, base: Duration = .seconds(1), cap: Duration = .seconds(60)
  ) -> RetryPolicy {
    RetryPolicy(maxAttempts: maxAttempts, .exponential(base: base, cap: cap))
  }

  /// Asks a closure about each failure, whatever its kind; an input that did not fit is never retried all the same.
  public static func custom(_ decide: @escaping @Sendable (Situation) -> Decision) -> RetryPolicy {
    RetryPolicy(maxAttempts: .max, .custom(decide))
  }

  private init(maxAttempts: Int, _ backoff: Backoff) {
    self.maxAttempts = maxAttempts
    self.backoff = backoff
  }

  /// The same policy for failures of these kinds and no others; `[.handler, .timeout]` by default.
  ///
  /// With ``Failure/Kind/policy`` among them, a hook that threw after the handler returned, `onDone` or `onSuccess`, is called
  /// again with the result that there was: the handler does not run again while the process lives.
  public func onlyFor(_ kinds: Set<Failure.Kind>) -> RetryPolicy {
    var policy = self
    policy.kinds = kinds
    return policy
  }

  /// The same policy within a budget of the stage's own. A failure for which there is no retry left is final.
  public func within(_ budget: RetryBudget) -> RetryPolicy {
    var policy = self
    policy.budget = budget
    return policy
  }

  /// What makes it unusable, with the remedy; nil: nothing.
  package var problem: String? {
    if let problem = budget?.problem { return problem }
    if maxAttempts < 1 { return "it allows \(maxAttempts) attempts; use at least 1, the first included" }
    switch backoff {
    case .fixed(let delay) where delay < .zero: return "it waits \(delay); use no less than nought"
    case .exponential(let base, _) where base <= .zero: return "its base is \(base); use more than nought"
    case .exponential(let base, let cap) where cap < base:
      return "its cap of \(cap) is less than its base of \(base); use one that is not"
    case .fixed, .exponential, .custom: return nil
    }
  }

  /// What becomes of the activation.
  public func decide(_ situation: Situation, random: inout some RandomNumberGenerator) -> Decision {
    guard situation.failure.kind != .inputValidation else { return .fail }
    if case .custom(let decide) = backoff { return decide(situation) }
    guard situation.attempt < maxAttempts, kinds.contains(situation.failure.kind) else { return .fail }
    switch backoff {
    case .fixed(let delay): return .retry(after: delay)
    case .exponential(let base, let cap):
      var limit = base
      for _ in 1..<max(situation.attempt, 1) where limit < cap { limit *= 2 }
      limit = min(limit, cap)
      return .retry(after: limit * Double.random(in: 0..<1, using: &random))
    case .custom(let decide): return decide(situation)
    }
  }
}
