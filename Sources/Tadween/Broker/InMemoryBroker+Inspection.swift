public import TadweenCore

extension InMemoryBroker: RunInspection {
  public func deadLetters(_ filter: DeadLetterFilter, limit: Int) throws -> [StoredDeadLetter] {
    let graph = try openGraph()
    var found: [StoredDeadLetter] = []
    for page in letterRuns where filter.run == nil || filter.run == page.run.run {
      // Not one that failed and was redriven meanwhile, nor one that failed and is not in the book yet.
      for letter in page.run.copy.deadLetters {
        guard let moment = page.failed[letter.id.activation], filter.matches(letter, at: moment, in: graph) else {
          continue
        }
        if found.count >= limit { return found }
        found.append(StoredDeadLetter(letter, page.run, failedAt: moment))
      }
    }
    return found
  }

  public func deadLetterCount(_ filter: DeadLetterFilter) throws -> Int {
    try deadLetters(filter, limit: .max).count
  }

  public func parked(limit: Int) throws -> [StoredParked] {
    _ = try openGraph()
    var found: [StoredParked] = []
    for page in letterRuns where !page.parked.isEmpty {
      for parked in page.run.copy.parked {
        guard let moment = page.parked[parked.key.activation] else { continue }
        if found.count >= limit { return found }
        found.append(StoredParked(parked, page.run, failedAt: moment))
      }
    }
    return found
  }

  public func previewRedrive(_ ticket: any RunTicket, _ letters: [DeadLetter.ID]?) throws -> Redrive {
    let graph = try openGraph()
    guard let run = ticket as? MemoryRun else { return Redrive() }
    // A ledger is a value: what a copy of it does changes nothing.
    var ledger = run.copy
    var directives = Directives()
    return ledger.redrive(letters, in: graph, into: &directives)
  }
}
