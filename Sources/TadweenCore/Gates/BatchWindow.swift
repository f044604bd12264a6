/// How messages gather for a handler that takes several at once: until there are enough, or the first has waited long enough.
public struct BatchWindow: Hashable, Sendable {
  /// The greatest number of messages in a batch.
  public let size: Int
  /// How long the first of them waits for others, from its arrival at the stage.
  public let window: Duration

  public init(upTo size: Int, within window: Duration) {
    self.size = size
    self.window = window
  }

  /// What makes it unusable, with the remedy; nil: nothing.
  package var problem: String? {
    if size < 1 { return "it takes \(size) messages at once; use at least 1" }
    if window < .zero { return "its window is \(window); use no less than nought" }
    return nil
  }
}
