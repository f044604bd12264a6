/// Slots by rank, the lowest first, and by their last change within a rank; each change takes O(log n). A binary heap that
/// knows where each slot is.
struct SlotHeap: Sendable {
  private struct Node: Sendable {
    let slot: Int
    var rank: Int
    /// When its rank was last said, by a count of changes.
    var change: UInt64

    static func < (left: Node, right: Node) -> Bool { (left.rank, left.change) < (right.rank, right.change) }
  }

  private static let nowhere = -1
  private var nodes: [Node] = []
  private var places: [Int] = []
  private var changes: UInt64 = 0

  /// The first slot that is not the spared one.
  func first(sparing spared: Int?) -> Int? {
    guard let top = nodes.first else { return nil }
    if top.slot != spared { return top.slot }
    // The two below the top are the only ones that can be second.
    return nodes.dropFirst().prefix(2).min { $0 < $1 }?.slot
  }

  func rank(of slot: Int) -> Int { nodes[places[slot]].rank }

  /// Gives a slot a rank; one that is not in comes in.
  mutating func set(_ slot: Int, rank: Int) {
    while places.count <= slot { places.append(Self.nowhere) }
    changes += 1
    let node = Node(slot: slot, rank: rank, change: changes)
    if places[slot] == Self.nowhere {
      places[slot] = nodes.count
      nodes.append(node)
    } else {
      nodes[places[slot]] = node
    }
    settle(places[slot])
  }

  /// Takes a slot out.
  mutating func remove(_ slot: Int) {
    guard slot < places.count, places[slot] != Self.nowhere else { return }
    let place = places[slot]
    places[slot] = Self.nowhere
    let last = nodes.removeLast()
    if place == nodes.count { return }
    nodes[place] = last
    places[last.slot] = place
    settle(place)
  }

  /// Moves the node at a place up or down to where it belongs.
  private mutating func settle(_ start: Int) {
    var place = start
    while place > 0, nodes[place] < nodes[(place - 1) / 2] { place = swap(place, (place - 1) / 2) }
    while let child = lesserChild(of: place), nodes[child] < nodes[place] { place = swap(place, child) }
  }

  private func lesserChild(of place: Int) -> Int? {
    let left = 2 * place + 1
    if left >= nodes.count { return nil }
    return left + 1 < nodes.count && nodes[left + 1] < nodes[left] ? left + 1 : left
  }

  /// Returns where the first of them is now.
  private mutating func swap(_ place: Int, _ other: Int) -> Int {
    nodes.swapAt(place, other)
    places[nodes[place].slot] = place
    places[nodes[other].slot] = other
    return other
  }
}
