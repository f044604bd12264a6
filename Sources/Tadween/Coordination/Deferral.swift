internal import TadweenCore

/// Has a stage's messages wait for as long as a predicate over the workflow's shared state holds (rule R16).
///
/// ```swift
/// options: .init(deferral: Deferral(while: { $0[.rateLimited] }, timeout: .seconds(60)))
/// ```
/// They wait in the queue and keep no worker. The predicate is asked when the workflow is built and after each update of its
/// state; it has to depend on nothing else.
public struct Deferral: Sendable {
  let holds: @Sendable (StateValues) throws -> Bool
  /// How long a message may wait for it; nil: for ever.
  public let timeout: Duration?

  /// - Parameters:
  ///   - holds: Whether to wait. Where it throws, what waits for it fails, with the kind `deferral`, until the state changes
  ///     and it throws no more.
  ///   - timeout: How long a message may wait; it then fails with the kind `deferral`. Nil, the default: for ever.
  public init(while holds: @escaping @Sendable (StateValues) throws -> Bool, timeout: Duration? = nil) {
    self.holds = holds
    self.timeout = timeout
  }

  func state(of values: StateValues) -> DeferralState {
    do { return try holds(values) ? .held : .open } catch { return .broken("\(error)") }
  }
}
