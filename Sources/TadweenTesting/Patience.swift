import Tadween

/// Runs a check that may hang, and gives up on it in time.
///
/// - Throws: what the body throws, or `hung` when the patience is over; the body is cancelled then, and left behind
///   where it does not listen.
func withPatience(
  _ patience: Duration, on clock: any Clock<Duration>, hung: @escaping @Sendable () -> any Error,
  _ body: @escaping @Sendable () async throws -> Void
) async throws {
  let outcome = Locked(Outcome())
  // Unstructured, both: a group would wait for a check that hangs, and that is what must end here.
  let work = Task {
    let result: Result<Void, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    outcome.settle(result)
  }
  let watch = Task {
    guard (try? await clock.sleep(for: patience)) != nil else { return }
    outcome.settle(.failure(hung()))
  }
  defer {
    work.cancel()
    watch.cancel()
  }
  try await outcome.wait(in: \.readers) { $0.result }
}

private struct Outcome {
  var result: Result<Void, any Error>?
  var readers = WaitList<Void>()
}

extension Locked<Outcome> {
  /// The first result counts.
  fileprivate func settle(_ result: Result<Void, any Error>) {
    let readers = withLock { outcome -> [WaitList<Void>.Waiter] in
      guard outcome.result == nil else { return [] }
      outcome.result = result
      return outcome.readers.takeAll()
    }
    for reader in readers { reader.resume(with: result) }
  }
}
