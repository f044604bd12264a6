/// What every kind of handler has in common: it is made ready before its first run, and let go after its last.
public protocol HandlerLifecycle: SendableMetatype {
  /// Called once an instance, before its first run. What it throws keeps the workflow from being built.
  mutating func warmUp() async throws

  /// Called once an instance that was warmed up, after its last run.
  mutating func shutDown() async
}

extension HandlerLifecycle {
  public mutating func warmUp() async throws {}
  public mutating func shutDown() async {}
}
