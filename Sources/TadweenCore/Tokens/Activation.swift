/// One stage's work for one run and one scope; the run is known from where the activation is kept.
public struct Activation: Hashable, Sendable, Comparable {
  public let stage: StageID
  public let scope: ScopePath

  public init(stage: StageID, scope: ScopePath = .root) {
    self.stage = stage
    self.scope = scope
  }

  public static func < (a: Activation, b: Activation) -> Bool { (a.stage, a.scope) < (b.stage, b.scope) }
}
