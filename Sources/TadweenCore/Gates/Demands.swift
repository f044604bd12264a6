/// What a stage needs of the workflow's resources (rule R15).
///
/// ```swift
/// options: .init(demands: ["cuda": 1, "ram_mb": 500, "stash": .run(1)])
/// ```
public struct Demands: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// How many units, and for how long.
  public struct Demand: Hashable, Sendable, ExpressibleByIntegerLiteral {
    public let units: Int
    /// Whether they are kept until the run is complete; else until the handler has returned.
    public let isForRun: Bool

    public init(integerLiteral units: Int) { self = .attempt(units) }

    private init(_ units: Int, isForRun: Bool) {
      self.units = units
      self.isForRun = isForRun
    }

    /// Held by each attempt, from just before its input is resolved until its handler has returned.
    public static func attempt(_ units: Int) -> Demand { Demand(units, isForRun: false) }

    /// Held from the stage's first attempt until the run is complete. One stage of a workflow may ask for such units, outside
    /// maps, so that no two runs can each hold what the other waits for.
    public static func run(_ units: Int) -> Demand { Demand(units, isForRun: true) }
  }

  public var byResource: [String: Demand]

  /// Nothing is demanded.
  public static let none: Demands = [:]

  public init(_ byResource: [String: Demand]) { self.byResource = byResource }

  public init(dictionaryLiteral elements: (String, Demand)...) {
    self.init(Dictionary(elements) { _, last in last })
  }

  public var isEmpty: Bool { byResource.isEmpty }

  /// By resource, what an attempt holds.
  var ofAttempt: [String: Int] { byResource.filter { !$0.value.isForRun }.mapValues(\.units) }
  /// By resource, what a run holds.
  package var ofRun: [String: Int] { byResource.filter(\.value.isForRun).mapValues(\.units) }
}
