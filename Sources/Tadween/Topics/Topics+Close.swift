public import ServiceLifecycle
internal import TadweenCore

extension Topics {
  /// Takes no more messages and subscriptions, and returns when everything that was published is delivered and
  /// acknowledged. Subscriptions end when they have it all; publishers that wait for room are refused. A second call
  /// returns at once.
  ///
  /// Call it outside handlers: one that closes its own topics waits for itself. A subscription that nobody reads holds it
  /// up as long as something waits there.
  ///
  /// - Parameter timeout: How long subscribers may take; 30 seconds by default.
  /// - Throws: ``TadweenError`` with the code `timedOut`, naming the topics and numbers of what was not acknowledged;
  ///   `CancellationError` when the caller's task is cancelled, which cuts the waiting short. All subscriptions have
  ///   ended then all the same, and what waited for them is dropped.
  public func close(timeout: Duration = .seconds(30)) async throws {
    guard let channels = shut() else { return }
    for channel in channels { channel.close() }
    if await areDrained(channels, within: timeout) { return }
    let rest = channels.map(\.statistics).filter { $0.waiting + $0.running > 0 }
      .map { "\"\($0.topic)\" has \($0.waiting) waiting and \($0.running) in hand" }.sorted()
    for channel in channels { channel.abandon() }
    if rest.isEmpty { return }
    try Task.checkCancellation()
    throw TadweenError(
      .timedOut, "The topics' subscribers did not finish within \(timeout): \(rest.joined(separator: "; ")).")
  }

  private func areDrained(_ channels: [TopicChannel], within timeout: Duration) async -> Bool {
    await withTaskGroup(of: Bool.self) { [clock] group in
      group.addTask {
        for channel in channels where (try? await channel.isDrained.wait()) == nil { return false }
        return true
      }
      group.addTask {
        try? await clock.sleep(for: timeout)
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }
}

extension Topics: Service {
  /// Works until graceful shutdown, then closes.
  public func run() async throws {
    try? await gracefulShutdown()
    try await close()
  }
}
