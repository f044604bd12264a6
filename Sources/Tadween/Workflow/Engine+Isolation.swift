internal import Synchronization
internal import TadweenCore

/// Work that runs alone, because two processes died over it (rule R11).
extension Engine {
  var isIsolating: Bool { isolating.load(ordering: .acquiring) }

  /// Goes on with what was unfinished when the broker opened.
  func begin(_ recovered: [Delivery]) {
    guard let isolation = Isolation(recovered) else { return enqueue(recovered) }
    self.isolation.withLock { $0 = isolation }
    isolating.store(true, ordering: .releasing)
    isolateNext { $0.current == nil }
  }

  /// Keeps what became ready while something runs alone; false where nothing does.
  func holds(_ deliveries: ArraySlice<Delivery>) -> Bool {
    isolation.withLock { isolation in
      isolation?.hold(deliveries)
      return isolation != nil
    }
  }

  /// Takes out what waits for something that runs alone before it comes to this stage's queue.
  func takeHeld(at stage: StageID) -> [Delivery] {
    isIsolating ? isolation.withLock { $0?.takeWaiting(at: stage) ?? [] } : []
  }

  /// These attempts have ended, or are wanted no longer: the next goes on where one of them was to run alone.
  func endIsolation(of works: some Sequence<WorkID>) {
    isolateNext { isolation in isolation.current.map { works.contains($0.work) } ?? false }
  }

  private func isolateNext(if isDue: (Isolation) -> Bool) {
    let next = isolation.withLock { state -> [Delivery] in
      guard var isolation = state, isDue(isolation) else { return [] }
      let next = isolation.next()
      state = isolation.isOver ? nil : isolation
      if isolation.isOver { isolating.store(false, ordering: .releasing) }
      return next
    }
    distribute(next[...])
  }
}
