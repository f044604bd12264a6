/// Slots in an order, from which any can be taken out, in constant time. A list linked through arrays: nothing is allocated
/// for a move.
struct SlotList: Sendable {
  private struct Link: Sendable {
    var before = SlotList.none
    var after = SlotList.none
    var isIn = false
  }

  private static let none = -1
  private var links: [Link] = []
  private var firstSlot = none
  private var lastSlot = none

  var first: Int? { firstSlot == Self.none ? nil : firstSlot }

  func slot(after slot: Int) -> Int? { links[slot].after == Self.none ? nil : links[slot].after }

  /// Puts a slot at the end, wherever it was before.
  mutating func moveToEnd(_ slot: Int) {
    if slot == lastSlot { return }
    remove(slot)
    while links.count <= slot { links.append(Link()) }
    links[slot] = Link(before: lastSlot, isIn: true)
    if lastSlot == Self.none { firstSlot = slot } else { links[lastSlot].after = slot }
    lastSlot = slot
  }

  /// Takes a slot out; nothing happens where it is not in.
  mutating func remove(_ slot: Int) {
    guard slot < links.count, links[slot].isIn else { return }
    let link = links[slot]
    if link.before == Self.none { firstSlot = link.after } else { links[link.before].after = link.after }
    if link.after == Self.none { lastSlot = link.before } else { links[link.after].before = link.before }
    links[slot] = Link()
  }
}
