/// First in, first out, the urgent before the others.
///
/// Nearly everything has the ordinary priority, nought, and costs no more than in a ``Fifo``.
struct PriorityFifo<Element> {
  private var ordinary = Fifo<Element>()
  /// The others, most urgent first; no level is empty, for there may be as many as messages.
  private var others: [(priority: Int, elements: Fifo<Element>)] = []

  /// How many have another priority.
  private var othersCount = 0

  var count: Int { ordinary.count + othersCount }
  var isEmpty: Bool { count == 0 }

  /// How many priorities are kept apart, but for the ordinary one.
  var levels: Int { others.count }

  mutating func append(_ element: Element, priority: Int) {
    guard priority != 0 else { return ordinary.append(element) }
    othersCount += 1
    let place = others.firstIndex { $0.priority <= priority } ?? others.count
    if place == others.count || others[place].priority != priority { others.insert((priority, Fifo()), at: place) }
    others[place].elements.append(element)
  }

  /// Puts elements in front of all others, in their order, whatever their priority.
  mutating func prepend(contentsOf elements: [Element]) {
    guard let first = firstIndex else { return ordinary.prepend(contentsOf: elements) }
    othersCount += elements.count
    others[first].elements.prepend(contentsOf: elements)
  }

  var first: Element? {
    if let first = firstIndex { return others[first].elements.first }
    return ordinary.first ?? lesser.flatMap { others[$0].elements.first }
  }

  mutating func popFirst() -> Element? {
    if others.isEmpty { return ordinary.popFirst() }
    if let first = firstIndex { return pop(first) }
    return ordinary.popFirst() ?? lesser.flatMap { pop($0) }
  }

  private mutating func pop(_ level: Int) -> Element? {
    othersCount -= 1
    defer { if others[level].elements.isEmpty { others.remove(at: level) } }
    return others[level].elements.popFirst()
  }

  /// From the first to the last.
  func forEach(_ body: (Element) -> Void) {
    for level in others where level.priority > 0 { level.elements.forEach(body) }
    ordinary.forEach(body)
    for level in others where level.priority < 0 { level.elements.forEach(body) }
  }

  /// Where the most urgent is, if it is more urgent than the ordinary.
  private var firstIndex: Int? { others.first.map { $0.priority > 0 } ?? false ? 0 : nil }
  /// Where the first of the less urgent is.
  private var lesser: Int? { others.firstIndex { $0.priority < 0 } }
}

extension PriorityFifo: Sendable where Element: Sendable {}
