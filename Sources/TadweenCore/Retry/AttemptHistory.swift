/// What came before an attempt at the same work (rule R10).
public final class AttemptHistory: Sendable {
  /// What the attempts before failed with, oldest first. One that was put off is none of them.
  public let failures: [Failure]
  /// From the beginning of the first attempt to the moment at which the next one is due.
  public let elapsed: Duration
  /// How long after the commit that ordered it the next attempt is due.
  public let delay: Duration
  /// What the handler gave back, where only a hook is to be called again. It lives in this process: a broker that stores the
  /// delivery does not keep it, and after a crash the handler runs again (rule R8).
  package let result: HandlerResult?

  public convenience init(failures: [Failure], elapsed: Duration, delay: Duration) {
    self.init(failures: failures, elapsed: elapsed, delay: delay, result: nil)
  }

  package init(failures: [Failure], elapsed: Duration, delay: Duration, result: HandlerResult?) {
    self.failures = failures
    self.elapsed = elapsed
    self.delay = delay
    self.result = result
  }
}

/// What a handler gave back, and the hook that failed about it.
package struct HandlerResult: Sendable {
  package let output: any Sendable
  package let hook: String

  package init(output: any Sendable, hook: String) {
    self.output = output
    self.hook = hook
  }
}
