#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The workflow's time, counted from when it was built by the clock that it was given.
struct Timekeeper: Sendable {
  let clock: any Clock<Duration>
  private let elapsed: @Sendable () -> Duration
  private let elapsedNanoseconds: @Sendable () -> Int64

  init(_ clock: some Clock<Duration>) {
    let start = clock.now
    self.clock = clock
    // The clock of most programs is asked with every message: without a detour through its protocol, nor one through a
    // duration's 128 bits.
    if let start = start as? ContinuousClock.Instant {
      let startNanoseconds = Self.continuousNanoseconds
      elapsed = { start.duration(to: .now) }
      elapsedNanoseconds = { Self.continuousNanoseconds - startNanoseconds }
    } else {
      elapsed = { start.duration(to: clock.now) }
      elapsedNanoseconds = { start.duration(to: clock.now).nanoseconds }
    }
  }

  var now: Duration { elapsed() }

  /// The same in whole nanoseconds, for what is measured and stored by the message.
  var nanoseconds: Int64 { elapsedNanoseconds() }

  /// What `ContinuousClock` reads: it goes on while the machine sleeps.
  private static var continuousNanoseconds: Int64 {
    #if canImport(Darwin)
      Int64(clock_gettime_nsec_np(CLOCK_MONOTONIC_RAW))
    #else
      var time = timespec()
      _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
      return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    #endif
  }
}

extension Duration {
  /// In whole nanoseconds; 292 years are the most that it can say.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
  }
}
