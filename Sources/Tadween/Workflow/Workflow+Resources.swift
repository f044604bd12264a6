public import TadweenCore

/// A resource of a workflow, at one moment.
public struct ResourceUse: Sendable {
  public let name: String
  /// How many units there are.
  public let units: Int
  /// How many nobody holds.
  public let free: Int
  /// Who holds the others, the oldest first.
  public let holders: [Holder]

  /// Someone who holds units.
  public struct Holder: Sendable {
    public let units: Int
    /// Which, where they have names.
    public let names: [String]
    public let stage: String
    public let run: RunID
    /// The map item; nil where they are held for the whole run.
    public let scope: ScopePath?
    /// For how long.
    public let age: Duration
  }
}

extension Workflow {
  /// Who holds what of the workflow's resources, by name; empty before ``build()`` and after ``close(timeout:)``, and where no
  /// stage demands any.
  public var resources: [ResourceUse] {
    guard let engine = try? engine, let desk = engine.desk else { return [] }
    let (stock, now) = (desk.stock, engine.time.now)
    let holders = Dictionary(grouping: stock.holders, by: \.resource)
    return stock.units.sorted { $0.key < $1.key }.map { name, units in
      ResourceUse(
        name: name, units: units, free: stock.free[name] ?? 0,
        holders: (holders[name] ?? []).map { holder in
          ResourceUse.Holder(
            units: holder.units, names: holder.names, stage: engine.graph[holder.stage].name, run: holder.run,
            scope: holder.scope, age: now - holder.since)
        })
    }
  }
}
