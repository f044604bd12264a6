extension RetryPolicy.Decision {
  /// What an attempt that failed ends with, once this is decided about it (rules R6, R10).
  ///
  /// - Parameters:
  ///   - elapsed: The time since the first attempt began.
  ///   - result: What its handler gave back, where it was a hook that failed.
  package func ending(
    _ failure: Failure, of delivery: Delivery, elapsed: Duration, result: HandlerResult? = nil
  ) -> Ending {
    let before = delivery.history?.failures ?? []
    switch self {
    case .fail: return .failed(failure)
    case .retry(let delay):
      return .retried(
        Retry(
          AttemptHistory(failures: before + [failure], elapsed: elapsed + delay, delay: delay, result: result)))
    case .snooze(let delay):
      let history = AttemptHistory(failures: before, elapsed: elapsed + delay, delay: delay, result: result)
      return .retried(Retry(history, countsAttempt: false))
    }
  }
}
