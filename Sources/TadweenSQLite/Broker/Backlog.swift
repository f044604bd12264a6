/// The runs that wait in the file, for there is no room in memory: how many, and from which number on, for each priority.
///
/// Of one priority, all that were submitted after the first one that waits do so too, so a number says where to go on.
struct Backlog: Sendable {
  private var waiting: [Int: (count: Int, next: Int64)] = [:]
  private(set) var count = 0

  /// Whether a run of this priority has to wait behind others.
  func holds(_ priority: Int) -> Bool { waiting[priority] != nil }

  mutating func add(_ number: Int64, priority: Int, count: Int = 1) {
    waiting[priority, default: (0, number)].count += count
    self.count += count
  }

  /// One of them is in memory now, or does not exist.
  mutating func remove(priority: Int) {
    guard let (count, next) = waiting[priority] else { return }
    waiting[priority] = count == 1 ? nil : (count - 1, next)
    self.count -= 1
  }

  /// Where to read on: at the most urgent ones.
  var next: (priority: Int, number: Int64)? { waiting.max { $0.key < $1.key }.map { ($0.key, $0.value.next) } }

  /// What lies before this number has been read.
  mutating func advance(to number: Int64, priority: Int) { waiting[priority]?.next = number }

  /// Nothing of this priority is left, whatever was counted.
  mutating func clear(priority: Int) { if let known = waiting.removeValue(forKey: priority) { count -= known.count } }
}
