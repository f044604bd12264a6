extension Clock<Duration> {
  /// Sleeps, for a century at most: the standard library's clocks stop the program where a deadline has no room in its
  /// type, and `.seconds(Int64.max)` is how some people write "for ever".
  func rest(for duration: Duration) async throws { try await sleep(for: min(duration, .seconds(3_155_760_000))) }
}
