internal import HeapModule

/// Which messages may go on where no more than so many of one key may be under way (rule R19): a lane for each key, in
/// order of arrival.
struct KeyOrder: Sendable {
  private struct Lane: Sendable {
    var holders = 0
    /// By arrival, which is not the order in which they come here: several workers look at messages at once.
    var waiting = Heap<Arrival>()
  }

  /// A message in its lane.
  private struct Member: Comparable, Sendable {
    let key: String
    let priority: Int
    let order: UInt64
    let id: DeliveryID

    static func < (a: Member, b: Member) -> Bool { (-a.priority, a.order) < (-b.priority, b.order) }
    static func == (a: Member, b: Member) -> Bool { a.order == b.order }
  }

  private struct Arrival: Comparable, Sendable {
    let member: Member
    static func < (a: Arrival, b: Arrival) -> Bool { a.member.order < b.member.order }
    static func == (a: Arrival, b: Arrival) -> Bool { a.member == b.member }
  }

  private let limit: Int
  private var lanes: [String: Lane] = [:]
  /// The first of each lane that may go on, and some that were so before.
  private var heads = Heap<Member>()

  init(limit: Int) { self.limit = limit }

  mutating func append(_ id: DeliveryID, key: String, priority: Int, order: UInt64) {
    let member = Member(key: key, priority: priority, order: order, id: id)
    lanes[key, default: Lane()].waiting.insert(Arrival(member: member))
    if lanes[key]?.waiting.min?.member == member { offer(key) }
  }

  /// The first, by priority and arrival, whose key is free.
  ///
  /// - Parameter isHere: Whether a message still waits; others are let go.
  mutating func first(where isHere: (DeliveryID) -> Bool) -> DeliveryID? {
    while let head = heads.min {
      if let lane = lanes[head.key], lane.holders < limit, lane.waiting.min?.member == head {
        if isHere(head.id) { return head.id }
        heads.removeMin()
        _ = lanes[head.key]?.waiting.popMin()
        offer(head.key)
      } else {
        heads.removeMin()
      }
    }
    return nil
  }

  /// Whether the message is the first of its lane, and the lane may go on.
  func isFree(_ key: String, for id: DeliveryID) -> Bool {
    lanes[key].map { $0.holders < limit && $0.waiting.min?.member.id == id } ?? true
  }

  /// Whether one more may hold the key.
  func hasPlace(_ key: String) -> Bool { lanes[key].map { $0.holders < limit } ?? true }

  /// One that is not in the lane holds the key.
  mutating func seize(_ key: String) { lanes[key, default: Lane()].holders += 1 }

  /// The first of the lane goes on, and holds its key.
  mutating func start(_ key: String) {
    _ = lanes[key]?.waiting.popMin()
    lanes[key]?.holders += 1
    offer(key)
  }

  /// One that held the key holds it no more.
  mutating func release(_ key: String) {
    lanes[key]?.holders -= 1
    offer(key)
  }

  private mutating func offer(_ key: String) {
    guard let lane = lanes[key] else { return }
    if let head = lane.waiting.min?.member {
      if lane.holders < limit { heads.insert(head) }
    } else if lane.holders == 0 {
      lanes[key] = nil
    }
  }
}
