import Tadween

/// What a check waits for, so that one that hangs can say so.
struct Wait: Sendable {
  private let what = Locked<String?>(nil)

  /// The end of a sentence.
  var clause: String { what.withLock { $0.map { ", waiting for \($0)" } ?? "" } }

  /// Runs the body under this name.
  func `for`<Result>(_ name: String, _ body: () async throws -> Result) async rethrows -> Result {
    what.withLock { $0 = name }
    defer { what.withLock { $0 = nil } }
    return try await body()
  }
}
