import Testing

@testable import TadweenCore

@Suite("a queue with priorities") struct PriorityFifoTests {
  private func drain(_ fifo: inout PriorityFifo<Int>) -> [Int] {
    var all: [Int] = []
    while let first = fifo.first, let popped = fifo.popFirst() {
      #expect(first == popped)
      all.append(popped)
    }
    return all
  }

  @Test("the urgent first, then the ordinary, then the rest; first in, first out among equals")
  func order() {
    var fifo = PriorityFifo<Int>()
    let priorities = [0, 5, -3, 0, 9, 5, -1, 0, -3, 9]
    for (element, priority) in priorities.enumerated() { fifo.append(element, priority: priority) }
    var seen: [Int] = []
    fifo.forEach { seen.append($0) }
    let expected = priorities.indices.sorted { (-priorities[$0], $0) < (-priorities[$1], $1) }
    #expect(fifo.count == 10 && seen == expected)
    let drained = drain(&fifo)
    #expect(drained == expected && fifo.isEmpty && fifo.first == nil && fifo.popFirst() == nil)
  }

  @Test("what is put back goes before all others", arguments: [[0], [0, 7], [7], [-7]])
  func putBack(_ priorities: [Int]) {
    var fifo = PriorityFifo<Int>()
    for priority in priorities { fifo.append(priority, priority: priority) }
    fifo.prepend(contentsOf: [100, 101])
    let drained = drain(&fifo)
    #expect(drained == [100, 101] + priorities.sorted(by: >))
  }

  @Test("a thousand elements, each of its own priority, leave as they should and leave nothing")
  func manyLevels() {
    var fifo = PriorityFifo<Int>()
    for round in 0..<100 {
      for element in 0..<10 { fifo.append(element, priority: round * 10 + element - 500) }
      let drained = drain(&fifo)
      #expect(drained == (0..<10).reversed())
    }
    #expect(fifo.levels == 0)
  }
}
