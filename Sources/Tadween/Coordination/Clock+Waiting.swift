/// How a wait that has an end ended.
enum Waiting: Sendable {
  case isOver
  case timedOut
  case wasCancelled
}

extension Clock<Duration> {
  /// Sleeps, for a century at most: the standard library's clocks stop the program where a deadline has no room in its
  /// type, and `.seconds(Int64.max)` is how some people write "for ever".
  func rest(for duration: Duration) async throws { try await sleep(for: min(duration, .seconds(3_155_760_000))) }

  /// Waits for the body until the time is up or the caller is cancelled; the body is cancelled then.
  func wait(atMost timeout: Duration, for body: @escaping @Sendable () async throws -> Void) async -> Waiting {
    await withTaskGroup(of: Waiting.self) { group in
      group.addTask { (try? await body()) == nil ? .wasCancelled : .isOver }
      group.addTask { (try? await self.rest(for: timeout)) == nil ? .wasCancelled : .timedOut }
      guard let first = await group.next() else { return .isOver }
      group.cancelAll()
      // A cancelled caller ends both; what counts is whether there was anything left to wait for.
      if first == .wasCancelled, await group.next() == .isOver { return .isOver }
      return first
    }
  }
}
