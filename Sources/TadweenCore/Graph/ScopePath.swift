/// Where an activation lies inside maps: the index at each map link on the way to its stage, outermost first.
///
/// Empty outside a map. Which map an index belongs to is known from the stage, whose scope is fixed when the workflow
/// is built.
public struct ScopePath: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
  /// nil for the root: most activations lie in no map, and nil is copied without counting a reference.
  private let items: [Int]?

  public init(_ indices: [Int] = []) { items = indices.isEmpty ? nil : indices }

  public static let root = ScopePath()

  public var indices: [Int] { items ?? [] }

  public var isRoot: Bool { items == nil }

  /// The path of one item of a map that lies here.
  public func item(_ index: Int) -> ScopePath { ScopePath(indices + [index]) }

  /// The path that the innermost map lies in.
  public var enclosing: ScopePath { ScopePath(Array(indices.dropLast())) }

  /// The path around this one that lies in so many maps.
  func prefix(_ maps: Int) -> ScopePath { maps == indices.count ? self : ScopePath(Array(indices.prefix(maps))) }

  /// Whether this path is `outer` itself or lies inside it.
  public func lies(in outer: ScopePath) -> Bool { indices.starts(with: outer.indices) }

  public static func == (a: ScopePath, b: ScopePath) -> Bool {
    if a.items == nil || b.items == nil { return a.items == nil && b.items == nil }
    return a.indices == b.indices
  }

  public func hash(into hasher: inout Hasher) {
    for index in indices { hasher.combine(index) }
  }

  public static func < (a: ScopePath, b: ScopePath) -> Bool { a.indices.lexicographicallyPrecedes(b.indices) }

  /// `[2][0]`: the third item's first.
  public var description: String { indices.map { "[\($0)]" }.joined() }

  public init(from decoder: any Decoder) throws { self.init(try [Int](from: decoder)) }
  public func encode(to encoder: any Encoder) throws { try indices.encode(to: encoder) }
}
