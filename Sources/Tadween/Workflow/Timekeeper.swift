/// The workflow's time, counted from when it was built by the clock that it was given.
struct Timekeeper: Sendable {
  let clock: any Clock<Duration>
  private let elapsed: @Sendable () -> Duration

  init(_ clock: some Clock<Duration>) {
    let start = clock.now
    self.clock = clock
    // The clock of most programs is asked with every batch: without a detour through its protocol.
    if let start = start as? ContinuousClock.Instant {
      elapsed = { start.duration(to: .now) }
    } else {
      elapsed = { start.duration(to: clock.now) }
    }
  }

  var now: Duration { elapsed() }

  /// The same in whole nanoseconds, for what is measured and stored by the message.
  var nanoseconds: Int64 { now.nanoseconds }
}

extension Duration {
  /// In whole nanoseconds; 292 years are the most that it can say.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
  }
}
