import Dispatch
import Synchronization

extension Tally {
  /// Counts what each of the items adds, on all processors.
  ///
  /// - Throws: Of what was violated, the first by the order of the items: a mistake is said to be the same each time.
  static func of<Item: Sendable>(
    _ items: [Item], _ count: @Sendable (Item, inout Tally) throws(Violation) -> Void
  ) throws(Violation) -> Tally {
    let counted = Mutex(Counted())
    DispatchQueue.concurrentPerform(iterations: items.count) { index in
      // What comes before it may be violated too.
      if let first = counted.withLock({ $0.violation?.index }), first < index { return }
      var tally = Tally()
      do throws(Violation) {
        try count(items[index], &tally)
        counted.withLock { [tally] in $0.total.add(tally) }
      } catch {
        counted.withLock { if index < $0.violation?.index ?? .max { $0.violation = (index, error) } }
      }
    }
    let result = counted.withLock { $0 }
    if let violation = result.violation { throw violation.found }
    return result.total
  }

  private struct Counted {
    var total = Tally()
    var violation: (index: Int, found: Violation)?
  }
}
