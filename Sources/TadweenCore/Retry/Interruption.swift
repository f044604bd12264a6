extension Ending {
  /// The end of an attempt that was told to stop because its process ends: its work is ready again, and it costs no attempt
  /// (rule R11).
  package static func interrupted(_ delivery: Delivery) -> Ending {
    let history = AttemptHistory(
      failures: delivery.history?.failures ?? [], elapsed: delivery.history?.elapsed ?? .zero, delay: .zero,
      result: delivery.history?.result)
    return .retried(Retry(history, countsAttempt: false))
  }

  /// What it is where the process ends: what was finished counts, and nothing has failed.
  package func interrupted(_ delivery: Delivery) -> Ending { hasFailed ? .interrupted(delivery) : self }
}
