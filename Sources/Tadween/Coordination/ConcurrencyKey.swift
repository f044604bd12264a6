internal import TadweenCore

/// Keeps messages of one key in order: no more than so many of them are under way at a stage at once (rule R19).
///
/// ```swift
/// options: .init(taskQueue: .concurrent(8), concurrencyKey: ConcurrencyKey { (upload: Upload) in upload.account })
/// ```
/// With a limit of one, the messages of a key go through the stage in the order in which they arrived at it, one after the
/// other: the next one starts when the end of the last is recorded and its handler has returned.
public struct ConcurrencyKey: Sendable {
  /// What a message that waits for its next attempt does about its key.
  public enum Hold: Sendable {
    /// It keeps it, so that the messages after it wait too. The order holds whatever fails.
    case strict
    /// It lets the messages after it pass.
    case relaxed
  }

  /// How many messages of one key may be under way.
  public let limit: Int
  public let hold: Hold
  var key: @Sendable (StageRuntime, Delivery, Payload) throws -> String

  /// - Parameters:
  ///   - limit: How many messages of one key may be under way; 1 by default.
  ///   - hold: Whether a message that waits for its next attempt keeps its key; `.strict` by default.
  ///   - key: The key of an input. The payload is converted to its type as it is to the handler's; a payload that does not fit
  ///     fails the message.
  public init<Input: Sendable>(
    limit: Int = 1, _ hold: Hold = .strict, by key: @escaping @Sendable (Input) -> String
  ) {
    self.limit = limit
    self.hold = hold
    self.key = { stage, delivery, payload in
      key(try payload.value(as: Input.self) ?? stage.input(from: payload, of: delivery))
    }
  }
}
