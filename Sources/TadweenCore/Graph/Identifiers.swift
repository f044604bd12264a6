/// A stage's place in its graph. It means nothing without that graph; what is stored is the stage's name.
public struct StageID: Hashable, Sendable, Comparable {
  public let index: Int32
  package init(_ index: Int) { self.index = Int32(index) }
  public static func < (a: StageID, b: StageID) -> Bool { a.index < b.index }
}

/// A link's place in its graph. What is stored is its ``LinkKey``.
public struct LinkID: Hashable, Sendable {
  public let index: Int32
  package init(_ index: Int) { self.index = Int32(index) }
}

/// A map's place in its graph: one call of `link(_:toEach:)`.
public struct MapID: Hashable, Sendable {
  public let index: Int32
  package init(_ index: Int) { self.index = Int32(index) }
}
