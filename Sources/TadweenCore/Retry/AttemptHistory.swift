/// What came before an attempt at the same work (rule R10).
public final class AttemptHistory: Sendable {
  /// What the attempts before failed with, oldest first. One that was put off is none of them.
  public let failures: [Failure]
  /// From the beginning of the first attempt to the moment at which the next one is due.
  public let elapsed: Duration
  /// How long after the commit that ordered it the next attempt is due.
  public let delay: Duration

  public init(failures: [Failure], elapsed: Duration, delay: Duration) {
    self.failures = failures
    self.elapsed = elapsed
    self.delay = delay
  }
}
