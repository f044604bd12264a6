/// Where an activation lies inside maps: the index at each map link on the way to its stage, outermost first.
///
/// Empty outside a map. Which map an index belongs to is known from the stage, whose scope is fixed when the workflow
/// is built.
public struct ScopePath: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
  public let indices: [Int]

  public init(_ indices: [Int] = []) { self.indices = indices }

  public static let root = ScopePath()

  public var isRoot: Bool { indices.isEmpty }

  /// The path of one item of a map that lies here.
  public func item(_ index: Int) -> ScopePath { ScopePath(indices + [index]) }

  /// The path that the innermost map lies in.
  public var enclosing: ScopePath { ScopePath(Array(indices.dropLast())) }

  /// Whether this path is `outer` itself or lies inside it.
  public func lies(in outer: ScopePath) -> Bool { indices.starts(with: outer.indices) }

  public static func < (a: ScopePath, b: ScopePath) -> Bool { a.indices.lexicographicallyPrecedes(b.indices) }

  /// `[2][0]`: the third item's first.
  public var description: String { indices.map { "[\($0)]" }.joined() }
}
