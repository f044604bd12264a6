/// What is to be told after unlocking, in the order in which it happened. Part of a state behind a ``Locked``.
///
/// One thread at a time tells, whichever finds nobody at it. What comes meanwhile waits for that one, so that nothing
/// overtakes anything, though nobody holds a lock while others are told.
struct Outbox<Entry> {
  private var waiting: [Entry] = []
  private var isTelling = false

  /// What the caller is to tell now, before it asks for what is next; empty where another thread is at it.
  mutating func add(_ entries: [Entry]) -> [Entry] {
    waiting += entries
    return isTelling ? [] : next()
  }

  /// For whoever told what came before: what is to be told next. Empty, it is the last.
  mutating func next() -> [Entry] {
    defer { waiting = [] }
    isTelling = !waiting.isEmpty
    return waiting
  }
}
