/// First in, first out, with room to put something back in front.
///
/// In chunks, so that a long queue grows without copying what it holds, and an element is let go at the moment it is
/// taken: a message may hold a whole recording.
package struct Fifo<Element> {
  private static var chunkSize: Int { 512 }

  /// Put back in front; the last one goes first.
  private var returned: [Element] = []
  private var chunks: [[Element?]] = []
  /// The chunk and the place in it that are next.
  private var chunk = 0
  private var place = 0
  package private(set) var count = 0

  package init() {}

  package var isEmpty: Bool { count == 0 }

  package mutating func append(_ element: Element) {
    if chunks.isEmpty || chunks[chunks.count - 1].count == Self.chunkSize { chunks.append([]) }
    chunks[chunks.count - 1].append(element)
    count += 1
  }

  package mutating func append(contentsOf elements: ArraySlice<Element>) {
    for element in elements { append(element) }
  }

  /// Puts elements in front of all others, in their order.
  package mutating func prepend(contentsOf elements: [Element]) {
    returned.append(contentsOf: elements.reversed())
    count += elements.count
  }

  package var first: Element? { returned.last ?? (count > 0 ? chunks[chunk][place] : nil) }

  package mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    count -= 1
    if let element = returned.popLast() { return element }
    let element = chunks[chunk][place].take()
    place += 1
    if place == chunks[chunk].count { leaveChunk() }
    return element
  }

  private mutating func leaveChunk() {
    place = 0
    if chunk == chunks.count - 1 {
      // A small queue keeps its one chunk.
      chunks[chunk].removeAll(keepingCapacity: true)
      if chunk > 0 { chunks.removeFirst(chunk) }
      chunk = 0
    } else {
      chunks[chunk] = []
      chunk += 1
      if chunk >= 64 && chunk * 2 > chunks.count {
        chunks.removeFirst(chunk)
        chunk = 0
      }
    }
  }
}

extension Fifo: Sendable where Element: Sendable {}
