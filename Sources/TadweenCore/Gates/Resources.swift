/// The resources that the stages of a workflow share: how many units there are of each, or what they are called.
///
/// ```swift
/// Workflow(name: "asr", resources: ["cuda": ["cuda:0", "cuda:1"], "ram_mb": 16_000])
/// ```
public struct Resources: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// One resource: a number of equal units, or units with names, of which a handler is told which it got.
  public struct Resource: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    public let units: Int
    /// Empty where they have none.
    public let names: [String]

    public init(integerLiteral units: Int) { self.init(units: units) }
    public init(arrayLiteral names: String...) { self.init(names: names) }

    public init(units: Int) { (self.units, names) = (units, []) }
    public init(names: [String]) { (units, self.names) = (names.count, names) }
  }

  public var byName: [String: Resource]

  public init(_ byName: [String: Resource]) { self.byName = byName }

  public init(dictionaryLiteral elements: (String, Resource)...) {
    self.init(Dictionary(elements) { _, last in last })
  }
}

/// Units that were granted, all at once.
public final class Grant: Sendable {
  /// Tells one grant from another.
  let number: UInt64
  /// By resource, how many.
  public let units: [String: Int]
  /// By resource, which, where its units have names.
  public let names: [String: [String]]

  /// Nothing.
  package static let none = Grant(number: 0, units: [:], names: [:])

  init(number: UInt64, units: [String: Int], names: [String: [String]]) {
    self.number = number
    self.units = units
    self.names = names
  }
}

/// Who holds units of a resource.
public struct ResourceHolder: Hashable, Sendable {
  public let resource: String
  public let units: Int
  /// Which, where they have names.
  public let names: [String]
  public let run: RunID
  public let stage: StageID
  /// The map item; nil where the run as a whole holds them.
  public let scope: ScopePath?
  /// Since when, on the workflow's own clock.
  public let since: Duration
}
