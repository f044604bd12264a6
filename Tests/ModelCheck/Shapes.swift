/// A directed acyclic graph without names: its links lead from a smaller number to a larger one.
struct Shape {
  let stages: Int
  let links: [(source: Int, target: Int)]

  /// All such graphs of this many stages, connected or not, one of each class that renaming makes equal.
  ///
  /// There are 1, 2, 6, 31 and 302 of them for one to five stages (OEIS A003087), so 40 of up to four.
  static func all(of stages: Int) -> [Shape] {
    let pairs = (0..<stages).flatMap { source in (source + 1..<max(stages, source + 1)).map { (source, $0) } }
    let renamings = permutations(of: stages)
    var seen: Set<UInt64> = []
    var shapes: [Shape] = []
    // Every acyclic graph has an order in which all links lead forward, so the upper triangle reaches each class.
    for chosen in 0..<(1 << pairs.count) {
      let links = pairs.indices.filter { chosen >> $0 & 1 == 1 }.map { pairs[$0] }
      let canonical = renamings.map { renaming in
        links.reduce(UInt64(0)) { $0 | 1 << UInt64(renaming[$1.0] * stages + renaming[$1.1]) }
      }.min()
      if let canonical, seen.insert(canonical).inserted {
        shapes.append(Shape(stages: stages, links: links.map { (source: $0.0, target: $0.1) }))
      }
    }
    return shapes
  }

  /// How many there are, known from elsewhere: the enumeration must agree.
  static let known = [1, 2, 6, 31, 302]

  func incoming(_ stage: Int) -> [Int] { links.indices.filter { links[$0].target == stage } }
  func outgoing(_ stage: Int) -> [Int] { links.indices.filter { links[$0].source == stage } }
}

func permutations(of count: Int) -> [[Int]] {
  guard count > 0 else { return [[]] }
  return permutations(of: count - 1).flatMap { shorter in
    (0...shorter.count).map { position in
      var longer = shorter
      longer.insert(count - 1, at: position)
      return longer
    }
  }
}

/// Every way to take one element of each list.
func product<Element>(_ lists: [[Element]]) -> [[Element]] {
  lists.reduce([[]]) { found, list in found.flatMap { head in list.map { head + [$0] } } }
}
