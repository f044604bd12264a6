/// The workflow's time, counted from when it was built by the clock that it was given.
struct Timekeeper: Sendable {
  let clock: any Clock<Duration>
  private let elapsed: @Sendable () -> Duration

  init(_ clock: some Clock<Duration>) {
    let start = clock.now
    self.clock = clock
    elapsed = { start.duration(to: clock.now) }
  }

  var now: Duration { elapsed() }
}
