/// Publishers that wait for room, first come, first served, each able to give up.
struct PublisherQueue<Publisher: Sendable>: Sendable {
  /// In order; those who gave up are skipped.
  private var order = Fifo<UInt64>()
  private var waiting: [UInt64: (message: Message, publisher: Publisher)] = [:]
  private var lastKey: UInt64 = 0

  var count: Int { waiting.count }
  /// How many it knows, with those who gave up.
  var remembered: Int { order.count }

  mutating func makeKey() -> UInt64 {
    lastKey += 1
    return lastKey
  }

  mutating func append(_ message: Message, from publisher: Publisher, as key: UInt64) {
    order.append(key)
    waiting[key] = (message, publisher)
  }

  mutating func popFirst() -> (message: Message, publisher: Publisher)? {
    while let key = order.popFirst() {
      if let first = waiting.removeValue(forKey: key) { return first }
    }
    return nil
  }

  mutating func remove(_ key: UInt64) -> Publisher? {
    guard let removed = waiting.removeValue(forKey: key) else { return nil }
    // A full buffer that nobody empties must not collect the names of all who ever gave up.
    if order.count > 2 * waiting.count + 16 {
      var kept = Fifo<UInt64>()
      while let key = order.popFirst() { if waiting[key] != nil { kept.append(key) } }
      order = kept
    }
    return removed.publisher
  }
}
