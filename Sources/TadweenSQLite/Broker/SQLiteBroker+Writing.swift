internal import GRDB
internal import Tadween

/// Group commit: one transaction at a time, with all that came while the one before was written. So nobody waits for more
/// than two of them, and a busy workflow syncs once for many.
extension SQLiteBroker {
  /// Suspends until all that was noted so far is on the disk, and tells of what is complete by then.
  func flush() async throws {
    guard let open = connection.withLock({ $0 }) else {
      throw TadweenError(.brokerClosed, "The broker on \"\(path)\" is closed.")
    }
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let isIdle = ledgers.withLock { state -> Bool? in
        if !state.isWriting, !state.group.hasWrites, !state.isToBeFilled { return nil }
        state.group.waiters.append(continuation)
        defer { state.isWriting = true }
        return !state.isWriting
      }
      switch isIdle {
      case nil: continuation.resume()
      case false?: break
      case true? where isSimulated: open.database.unsafeReentrantWrite { writeAll(open, $0) }
      case true?: open.database.asyncWriteWithoutTransaction { self.writeAll(open, $0) }
      }
    }
    // By whoever waited, for an observer may call back, and wait for the next write.
    let ends = ledgers.withLock { state in
      defer { state.completions = [] }
      return state.completions
    }
    if !ends.isEmpty { open.observer.runsDidComplete(ends) }
  }

  /// Writes until nobody waits.
  private func writeAll(_ open: Connection, _ db: Database) {
    while let group = ledgers.withLock({ $0.takeGroup() }) {
      do {
        try naming(path) { try write(group, open.writer, db) }
        // Only a test has it fail from here on; it is written, whatever is answered.
        var failure: (any Error)?
        do { try reach(.written) } catch { failure = error }
        succeed(group, open, failure)
        ledgers.tidy()
        fill(open, db)
        // What could not be let go is, after the next write.
        try? retain(db)
      } catch {
        fail(group, error)
      }
    }
  }

  private func write(_ group: WriteGroup, _ box: WriterBox, _ db: Database) throws {
    guard group.hasWrites else { return }
    guard let writer = box.writer else {
      throw TadweenError(.brokerClosed, "The broker on \"\(path)\" is closed.")
    }
    try reach(.writeBegins)
    try db.inTransaction(.immediate) {
      for (run, new, origin, at) in group.submissions {
        try reach(.writesRow)
        try writer.perform(.run(number: run.number, new, origin: origin, at: at))
      }
      for write in group.writes {
        try reach(.writesRow)
        try writer.perform(write)
      }
      try reach(.writeEnds)
      if db.hasMoved {
        throw TadweenError(
          .repositoryFailed,
          "The database \"\(path)\" was moved or deleted while the broker works on it, and nothing is stored any more: put it back, with its -wal and -shm, or build the workflow again."
        )
      }
      return .commit
    }
  }

  /// It is on the disk: gives out what follows from it.
  private func succeed(_ group: WriteGroup, _ open: Connection, _ failure: (any Error)?) {
    let forgotten = ledgers.withLock { $0.settle(group) }
    if let marks = ledgers.marks.withLock({ $0 }) { for mark in group.marks { marks.clear(mark) } }
    give(group.submitted, open)
    give(group.deliveries, open)
    for waiter in group.waiters { if let failure { waiter.resume(throwing: failure) } else { waiter.resume() } }
    // Goes outside the lock.
    withExtendedLifetime(forgotten) {}
  }

  /// It is not on the disk: new runs never were, and the rest is written with the next group.
  private func fail(_ group: WriteGroup, _ error: any Error) {
    let forgotten = ledgers.withLock { state in
      state.group.takeBack(group, without: Set(group.submissions.map(\.run.number)))
      return state.drop(group.submissions.map { ($0.run, $0.new) })
    }
    for waiter in group.waiters { waiter.resume(throwing: error) }
    withExtendedLifetime(forgotten) {}
  }

  func give(_ deliveries: [Delivery], _ open: Connection) {
    for (stage, deliveries) in Dictionary(grouping: deliveries, by: \.stage) {
      open.mailboxes[Int(stage.index)].put(deliveries)
    }
  }
}

extension Ledgers.State {
  /// nil: nobody waits for anything.
  fileprivate mutating func takeGroup() -> WriteGroup? {
    guard !group.waiters.isEmpty else {
      isWriting = false
      return nil
    }
    defer { group = WriteGroup() }
    return group
  }

  fileprivate mutating func settle(_ group: WriteGroup) -> [PendingCallers.Entry] {
    if group.hasWrites {
      statistics.commits += 1
      statistics.changes += group.submissions.count + group.writes.count
    }
    for (run, end) in group.completions {
      run.course.ends.append(end)
      completions.append(end)
      finishedCount += 1
      // Redriven meanwhile, it goes on.
      guard run.ledger?.isComplete == true else { continue }
      resident[run.number] = nil
      held[run.number] = Ledgers.WeakRun(run: run)
      _ = readers.keep(run)
    }
    return callers.remove(
      group.submissions.compactMap { run, new, _, _ in
        new.callerID.flatMap { readers.keep(run, callerID: $0) ? nil : $0 }
      })
  }

  fileprivate mutating func drop(_ submissions: [(run: DurableRun, new: NewRun)]) -> [PendingCallers.Entry] {
    for (run, _) in submissions {
      run.course.wasDropped = true
      resident[run.number] = nil
      held[run.number] = nil
      if run.ledger == nil { backlog.remove(priority: run.priority) }
    }
    return callers.remove(submissions.compactMap(\.new.callerID))
  }
}
