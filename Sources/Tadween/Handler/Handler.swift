/// The unit of work: a typed input becomes a typed output.
///
/// A handler is shared by all workers of its stage (then it is `Sendable`), or made once a worker (then it need not be,
/// and may hold a model that is not thread-safe); see ``Instances``. For a handler without state, a closure does.
///
/// ```swift
/// struct Shout: Handler {
///   func run(_ text: String, context: HandlerContext) async throws -> String { text.uppercased() }
/// }
/// ```
public protocol Handler<Input, Output>: HandlerLifecycle {
  associatedtype Input: Sendable
  associatedtype Output: Sendable

  /// Does the work. What it throws fails the attempt.
  ///
  /// It runs at least once for each activation, and exactly once where nothing crashes; ``HandlerContext/idempotencyKey``
  /// is equal each time. When its run is cancelled or its time is up, its task is cancelled; what it does about that is
  /// its own affair, but its worker is free only when it returns.
  func run(_ input: Input, context: HandlerContext) async throws -> Output
}
