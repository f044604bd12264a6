import Tadween

/// A broker with something wrong, on top of one with nothing wrong.
final class FaultyBroker: Broker {
  enum Fault: String, Sendable {
    case opensTwice, losesMetadata, renamesRuns, mixesAnswers, forgetsIDs, takesAnyPayload
    case handsOverAllTheSame, announcesTooMuch, mixesStages, givesTooMuch, comesBackEmpty, ignoresClose,
      ignoresCancellation,
      losesAfterCancellation
    case deliversTwice, changesPayloads, takesDeclinedLinks, losesEveryThirdCommit, losesAnItem, movesPositions
    case repeatsItself, refusesRepetitions, takesWhatIsStale, losesWhatThrew
    case beginsAnything, interruptsNothing, cutsNothing, cancelsAgain, losesTheCause
    case forgetsWhatCameBefore, losesRetries, retriesTwice
    case redrivesNothing, redrivesEverything, redrivesUnderTheOldKey, redrivesWhatItWasGiven, forgetsTheFirstEnd
    case parksNothing, decidesAnything
    case announcesTwice, announcesNothing, losesOneOfMany, tellsTooEarly, tellsUnderItsLock, keepsEverything
    case worksWhenClosed, closesOnce, none
  }

  private struct State {
    var runs: [String: any RunTicket] = [:]
    var kept: [Transition] = []
    var committed: [Place: CommitResult] = [:]
    var cancelled: CommitResult?
    var commits = 0
    var receives = 0
    var stages: [StageID] = []
    var isClosed = false
    var throwsNext = false
    var losesNext = false
  }

  private struct Place: Hashable {
    let run: RunID
    let key: DeliveryKey
  }

  let fault: Fault
  private let base: InMemoryBroker
  private let state = Locked(State())
  private let lock = Locked(())
  private let isTelling = Locked(false)

  init(_ fault: Fault, on base: InMemoryBroker) { (self.fault, self.base) = (fault, base) }

  var handsOver: Bool { base.handsOver && fault != .handsOverAllTheSame }
  var payloadEncoding: PayloadEncoding? { base.payloadEncoding }

  func throwNext() { state.withLock { $0.throwsNext = true } }

  func open(_ graph: WorkflowGraph, observer: any RunObserver) throws -> Recovery {
    state.withLock { $0.stages = graph.topologicalOrder }
    do {
      return try base.open(graph, observer: FaultyObserver(observer, fault, isTelling))
    } catch  where fault == .opensTwice {
      return Recovery()
    }
  }

  func submit(_ runs: [NewRun]) throws -> SubmitResult {
    // Whoever commits may hold it.
    lock.withLock { _ in }
    if fault == .worksWhenClosed, state.withLock({ $0.isClosed }) { return SubmitResult() }
    var result = try base.submit(runs.map(changed))
    for (position, answer) in result.submissions.enumerated() {
      switch answer {
      case .created(let ticket): result.submissions[position] = .created(wrapped(ticket, of: runs[position]))
      case .existing(let ticket): result.submissions[position] = .existing(wrapped(ticket, of: runs[position]))
      case .conflict:
        let known = runs[position].callerID.flatMap { id in state.withLock { $0.runs[id] } }
        if let known, fault == .takesAnyPayload { result.submissions[position] = .existing(known) }
      }
    }
    if fault == .mixesAnswers { result.submissions.reverse() }
    result.deliveries = changed(result.deliveries)
    return result
  }

  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    let isFirst = state.withLock { state in
      state.receives += 1
      return state.receives == 1
    }
    switch fault {
    case .comesBackEmpty where isFirst: return []
    case .mixesStages:
      return changed(
        try await base.receive(from: state.withLock { $0.stages.first { $0 != stage } } ?? stage, atMost: limit))
    case .givesTooMuch: return changed(try await base.receive(from: stage, atMost: limit * 2))
    case .ignoresCancellation:
      // A task of its own hears nothing of its caller's.
      return changed(try await Task { try await base.receive(from: stage, atMost: limit) }.value)
    default:
      let batch = try await base.receive(from: stage, atMost: limit)
      if fault == .losesAfterCancellation, batch.isEmpty { state.withLock { $0.losesNext = true } }
      let isLost = state.withLock { state in
        defer { if !batch.isEmpty { state.losesNext = false } }
        return state.losesNext && !batch.isEmpty
      }
      return isLost ? try await receive(from: stage, atMost: limit) : changed(batch)
    }
  }

  func commit(_ transitions: [Transition]) throws -> CommitResult {
    let (number, isClosed) = state.withLock { state in
      state.commits += 1
      if fault == .keepsEverything { state.kept += transitions }
      return (state.commits, state.isClosed)
    }
    if fault == .losesEveryThirdCommit, number.isMultiple(of: 3) { return CommitResult() }
    if fault == .worksWhenClosed, isClosed { return CommitResult() }
    let unwrapped = transitions.map { Transition(of: $0.delivery.unwrapped, changed($0.ending)) }
    var result =
      fault == .tellsUnderItsLock
      ? try lock.withLock { _ in try base.commit(unwrapped) } : try base.commit(unwrapped)
    result.deliveries = changed(result.deliveries)
    let isLost = state.withLock { state in
      defer { state.throwsNext = false }
      return state.throwsNext
    }
    if isLost { throw Trouble("the answer was lost") }
    if fault == .retriesTwice, let first = transitions.first, case .retried = first.ending {
      // Under the key of the first attempt once more.
      result.deliveries = [first.delivery]
    }
    if fault == .repeatsItself || fault == .refusesRepetitions {
      for (position, transition) in transitions.enumerated() {
        let place = Place(run: transition.run, key: transition.key)
        guard let known = state.withLock({ $0.committed.updateValue(result, forKey: place) }) else { continue }
        if fault == .repeatsItself { result.deliveries += known.deliveries } else { result.stale.append(position) }
      }
    }
    if fault == .takesWhatIsStale { result.stale = [] }
    if fault == .movesPositions { result.stale = result.stale.map { $0 + 1 } }
    if fault == .announcesTooMuch { result.announced = result.announced.mapValues { $0 + 1 } }
    if fault == .cutsNothing { result.cut = [] }
    if fault == .interruptsNothing { result.interrupts = [] }
    return result
  }

  func control(_ command: RunCommand) throws -> CommitResult {
    var result: CommitResult
    switch command {
    case .cancel(let ticket, let cause):
      result = try base.control(.cancel(unwrapped(ticket), because: fault == .losesTheCause ? nil : cause))
    case .redrive(let ticket, let letters):
      if fault == .redrivesNothing {
        result = CommitResult()
        result.redrive = Redrive()
        return result
      }
      result = try base.control(.redrive(unwrapped(ticket), fault == .redrivesEverything ? nil : letters))
      if fault == .redrivesUnderTheOldKey { result.deliveries = result.deliveries.map(\.inFirstGeneration) }
      if fault == .redrivesWhatItWasGiven {
        result.deliveries = result.deliveries.map { $0.with(.single(Payload(-1), input: nil)) }
      }
    case .unpark(let ticket, let key, let decision):
      result = try base.control(.unpark(unwrapped(ticket), key, decision))
      if fault == .decidesAnything { result.stale = [] }
    }
    result.deliveries = changed(result.deliveries)
    if case .cancel = command {
    } else {
      return result
    }
    if fault == .interruptsNothing { result.interrupts = [] }
    return state.withLock { state in
      defer { state.cancelled = state.cancelled ?? result }
      return fault == .cancelsAgain ? state.cancelled ?? result : result
    }
  }

  func close(timeout: Duration?) throws {
    let isSecond = state.withLock { state in
      defer { state.isClosed = true }
      return state.isClosed
    }
    if isSecond, fault == .closesOnce { throw Trouble("it is closed") }
    if fault != .ignoresClose { base.close(timeout: timeout) }
  }
}

/// What the faults change on the way in and out.
extension FaultyBroker {
  private func changed(_ new: NewRun) -> NewRun {
    NewRun(
      id: fault == .renamesRuns ? .random() : new.id, callerID: fault == .forgetsIDs ? nil : new.callerID,
      entry: new.entry, payload: new.payload, metadata: fault == .losesMetadata ? [:] : new.metadata)
  }

  private func changed(_ ending: Ending) -> Ending {
    if case .parked(let failure) = ending, fault == .parksNothing { return .failed(failure) }
    guard case .succeeded(let success) = ending else { return ending }
    let declined = fault == .takesDeclinedLinks ? [] : success.declined
    let widths = fault == .losesAnItem ? success.widths.map { max(0, $0 - 1) } : success.widths
    return .succeeded(Success(success.output, declined: declined, widths: widths, input: success.input))
  }

  private func changed(_ deliveries: [Delivery]) -> [Delivery] {
    let kept = fault == .losesRetries ? deliveries.filter { $0.history == nil } : deliveries
    let wrapped = kept.map { delivery in
      let input =
        fault == .changesPayloads && delivery.link != nil ? .single(Payload(-1), input: nil) : delivery.input
      return Delivery(
        run: delivery.run, key: delivery.key, link: delivery.link, input: input,
        ticket: delivery.ticket.map { FaultyTicket($0, fault, isTelling) },
        history: fault == .forgetsWhatCameBefore ? nil : delivery.history)
    }
    return fault == .deliversTwice ? wrapped + wrapped : wrapped
  }

  private func unwrapped(_ ticket: any RunTicket) -> any RunTicket { (ticket as? FaultyTicket)?.base ?? ticket }

  private func wrapped(_ ticket: any RunTicket, of new: NewRun) -> any RunTicket {
    let wrapped = FaultyTicket(ticket, fault, isTelling)
    if let caller = new.callerID { state.withLock { $0.runs[caller] = wrapped } }
    return wrapped
  }
}

extension Delivery {
  fileprivate var inFirstGeneration: Delivery {
    Delivery(run: run, key: DeliveryKey(activation: key.activation), link: link, input: input, ticket: ticket)
  }

  fileprivate func with(_ input: Input) -> Delivery {
    Delivery(run: run, key: key, link: link, input: input, ticket: ticket)
  }

  fileprivate var unwrapped: Delivery {
    Delivery(run: run, key: key, link: link, input: input, ticket: (ticket as? FaultyTicket)?.base ?? ticket)
  }
}
