import Foundation

@testable import Tadween
@testable import TadweenSQLite
@testable import TadweenTesting

/// Drives one durable broker after another as an engine does, one call at a time, by random numbers; and looks whether what
/// they give out fits what was acknowledged.
final class Course {
  /// What is done about a call that threw.
  enum Reaction {
    /// It is made again, as an engine does (rule R6).
    case again
    /// The process is over.
    case dies
  }

  struct Death: Error {}

  /// How long a process lives.
  enum Goal {
    case steps(Int)
    /// Until nothing is left to do.
    case end
  }

  let graph: CourseGraph
  /// Also looked at by whoever lets the process die in the midst of a call.
  let known: Locked<Knowledge>
  var random: SeededGenerator
  /// How many runs there are to be in all.
  var runs: Int
  /// How many are submitted at once at most.
  var together = 3
  var whatThrows: (any Error) -> Reaction = { _ in .dies }
  private var process = Process()

  private struct Process {
    var ready: [Delivery] = []
    var begun: [Delivery] = []
    var seen: Set<DeliveryID> = []
    /// By stage: what results announced, less what came.
    var owed: [StageID: Int] = [:]
    var tickets: [RunID: any RunTicket] = [:]
  }

  init(_ graph: CourseGraph, seed: UInt64, runs: Int, knowing known: Knowledge = Knowledge()) {
    (self.graph, self.known, self.runs) = (graph, Locked(known), runs)
    random = SeededGenerator(seed: seed, stream: 1)
  }

  var problems: [String] { known.withLock { $0.problems } }
  func complain(_ problem: String) { known.withLock { $0.complain(problem) } }
}

extension Delivery {
  fileprivate var id: DeliveryID { DeliveryID(run: run, key: key) }
}

extension Course: @unchecked Sendable {}  // used by one task at a time; `known` is behind its lock

/// Told of what is complete, whichever process it is.
final class CourseObserver: RunObserver {
  private let known: Locked<Knowledge>
  init(_ known: Locked<Knowledge>) { self.known = known }
  func runsDidComplete(_ ends: [RunEnd]) { known.withLock { $0.announce(ends) } }
}

extension Course {
  /// One process: opens the broker, and works.
  ///
  /// - Returns: False: it died.
  func live(_ broker: SQLiteBroker, until goal: Goal) async throws -> Bool {
    process = Process()
    do {
      let recovery = try await insist { try await broker.open(self.graph.graph, observer: CourseObserver(self.known)) }
      for unfit in recovery.unfit { complain("\(unfit)") }
      for parked in recovery.parked { complain("nothing was parked, and \(parked) is") }
      take(recovery.deliveries)
      switch goal {
      case .steps(let steps):
        for _ in 0..<steps { try await step(broker) }
        try await checkAnnouncements(broker)
      case .end: try await finish(broker)
      }
      return true
    } catch is Death { return false }
  }

  /// Calls until it is answered.
  func insist<Result>(_ body: () async throws -> Result) async throws -> Result {
    var last: (any Error)?
    for _ in 0..<8 {
      do { return try await body() } catch {
        if case .dies = whatThrows(error) { throw Death() }
        last = error
      }
    }
    throw Trouble("it throws for ever: \(last as Any)")
  }

  private func step(_ broker: SQLiteBroker) async throws {
    switch Int.random(in: 0..<10, using: &random) {
    case 0, 1: try await submit(broker)
    case 2: try await cancelOne(broker)
    case 3: try await redriveOne(broker)
    default: try await work(broker)
    }
    await drain(broker)
  }

  private func submit(_ broker: SQLiteBroker) async throws {
    let first = known.withLock { $0.lastNumber } + 1
    guard first <= runs else { return try await work(broker) }
    let last = min(runs, first + Int.random(in: 0..<together, using: &random))
    known.withLock { $0.lastNumber = last }
    var new = (first...last).map { submission($0) }
    for _ in 0..<8 where !new.isEmpty {
      known.withLock { known in for (number, run) in new { known.doubtful[run.id] = number } }
      do {
        return acknowledge(try await broker.submit(new.map(\.run)), new)
      } catch {
        if case .dies = whatThrows(error) { throw Death() }
      }
      // Whoever gave an id of their own submits again under it, and gets the one run, whichever of the two it is.
      new = new.filter { $0.run.callerID != nil }.map { submission($0.number) }
    }
  }

  private func submission(_ number: Int) -> (number: Int, run: NewRun) {
    (
      number,
      NewRun(
        id: RunID(high: random.next(), low: random.next()), callerID: number % 2 == 0 ? "caller \(number)" : nil,
        entry: graph.graph.entries[0], payload: CourseGraph.payload(number), priority: number % 3)
    )
  }

  private func acknowledge(_ result: SubmitResult, _ new: [(number: Int, run: NewRun)]) {
    owe(result.announced)
    known.withLock { known in
      for (submission, (number, run)) in zip(result.submissions, new) {
        switch submission {
        case .created(let ticket) where ticket.run == run.id: known.acknowledge(ticket.run, number)
        case .existing(let ticket) where known.number(of: ticket.run) == number && run.callerID != nil:
          known.acknowledge(ticket.run, number)
        default: known.complain("run \(number) was answered with \(submission)")
        }
      }
    }
  }

  private func cancelOne(_ broker: SQLiteBroker) async throws {
    let candidates = known.withLock { known in
      known.submitted.filter { CourseGraph.isCancelled($0.value) }
        .sorted {
          (known.disturbed.contains($0.key) ? 1 : 0, $0.value) < (known.disturbed.contains($1.key) ? 1 : 0, $1.value)
        }
    }
    guard let (run, number) = candidates.first, let ticket = try await ticket(of: run, number, broker) else { return }
    if known.withLock({ $0.disturbed.contains(run) }) {
      // Once more, which changes nothing; of one that was redriven nothing is said.
      if known.withLock({ $0.cancelled.contains(run) }) {
        owe(try await insist { try await broker.control(.cancel(ticket)) }.announced)
      }
      return
    }
    known.withLock { _ = $0.disturbed.insert(run) }
    let isComplete = ticket.end != nil
    let result = try await insist { try await broker.control(.cancel(ticket)) }
    owe(result.announced)
    if isComplete { return }
    known.withLock { _ = $0.cancelled.insert(run) }
    let told = Set(result.interrupts)
    for running in process.begun where running.run == run && !told.contains(running.id) {
      complain("\(graph.name(running.stage)) of run \(number) runs, and was not told that it is cancelled")
    }
  }

  /// One that has failed, or every other one that was cancelled.
  private func redriveOne(_ broker: SQLiteBroker) async throws {
    let candidates = known.withLock { known in
      known.announced.filter { run, rounds in
        guard let last = rounds.max(by: { $0.key < $1.key })?.value, let number = known.submitted[run] else {
          return false
        }
        switch last {
        case .succeeded: return false
        case .failed: return true
        case .cancelled: return number % 2 == 0
        }
      }.keys.sorted { known.submitted[$0]! < known.submitted[$1]! }
    }
    if let run = candidates.first { try await redrive(run, broker) }
  }

  private func redrive(_ run: RunID, _ broker: SQLiteBroker) async throws {
    let number = known.withLock { $0.number(of: run) ?? -1 }
    // One that was redriven already runs.
    guard let ticket = try await ticket(of: run, number, broker), ticket.end != nil else { return }
    known.withLock { known in
      // From its beginning on, for it may be applied without an answer.
      known.cancelled.remove(run)
      known.disturbed.insert(run)
    }
    let result = try await insist { try await broker.control(.redrive(ticket, nil)) }
    owe(result.announced)
    if result.redrive?.isEmpty ?? true {
      complain("run \(number) ended \(ticket.end?.outcome as Any), and is not redriven")
    }
  }

  private func ticket(of run: RunID, _ number: Int, _ broker: SQLiteBroker) async throws -> (any RunTicket)? {
    let ticket = try await find(run, broker)
    if ticket == nil { complain("run \(number) is not there, though its submission was acknowledged") }
    return ticket
  }

  private func find(_ run: RunID, _ broker: SQLiteBroker) async throws -> (any RunTicket)? {
    if let known = process.tickets[run] { return known }
    let ticket = try await insist { try await broker.ticket(of: run) }
    process.tickets[run] = ticket
    return ticket
  }

  /// Takes up some of what is ready, and commits some of what was taken up.
  private func work(_ broker: SQLiteBroker) async throws {
    for _ in 0..<Int.random(in: 1...4, using: &random) where !process.ready.isEmpty {
      let delivery = process.ready.remove(at: Int.random(in: 0..<process.ready.count, using: &random))
      guard delivery.begin() else { continue }
      known.withLock { $0.checkBegun(delivery, in: graph) }
      process.begun.append(delivery)
    }
    var transitions: [Transition] = []
    for _ in 0..<Int.random(in: 1...3, using: &random) where !process.begun.isEmpty {
      let delivery = process.begun.remove(at: Int.random(in: 0..<process.begun.count, using: &random))
      transitions.append(Transition(of: delivery, try graph.ending(of: delivery)))
    }
    if !transitions.isEmpty { try await commit(transitions, broker) }
  }

  private func commit(_ transitions: [Transition], _ broker: SQLiteBroker) async throws {
    let result = try await insist { try await broker.commit(transitions) }
    owe(result.announced)
    known.withLock { known in
      for (position, transition) in transitions.enumerated() {
        if !result.stale.contains(position) {
          known.acknowledge(transition)
        } else if !known.disturbed.contains(transition.run) {
          known.complain("\(transition.key) of run \(known.number(of: transition.run) ?? -1) was called stale")
        }
      }
    }
  }

  private func owe(_ announced: [StageID: Int]) {
    for (stage, count) in announced { process.owed[stage, default: 0] += count }
  }

  /// Takes whatever waits to be received.
  private func drain(_ broker: SQLiteBroker) async {
    for stage in graph.graph.stages.indices.map({ StageID($0) }) {
      // A caller that is cancelled waits for nothing.
      let received = await withTaskGroup(of: [Delivery].self) { group in
        group.cancelAll()
        group.addTask { (try? await broker.receive(from: stage, atMost: .max)) ?? [] }
        return await group.next() ?? []
      }
      process.owed[stage, default: 0] -= received.count
      take(received)
    }
  }

  private func take(_ deliveries: [Delivery]) {
    for delivery in deliveries {
      known.withLock { $0.check(delivery, in: graph) }
      if !process.seen.insert(delivery.id).inserted { complain("\(delivery.key) was given out twice") }
      process.ready.append(delivery)
    }
  }

  /// Works until all is done, and redrives what failed; then looks at everything.
  private func finish(_ broker: SQLiteBroker) async throws {
    await drain(broker)
    while true {
      while !process.ready.isEmpty || !process.begun.isEmpty {
        try await work(broker)
        await drain(broker)
      }
      owe(try await insist { try await broker.commit([]) }.announced)
      await drain(broker)
      if !process.ready.isEmpty { continue }
      if known.withLock({ $0.lastNumber }) < runs {
        try await submit(broker)
      } else if try await !redriveAll(broker) {
        break
      }
      await drain(broker)
    }
    try await checkAnnouncements(broker)
    try await review(broker)
  }

  /// Results have announced as many deliveries as came; but of runs that wait in the file some may be on their way.
  private func checkAnnouncements(_ broker: SQLiteBroker) async throws {
    owe(try await insist { try await broker.commit([]) }.announced)
    await drain(broker)
    if broker.options.runsInMemory < runs { return }
    for (stage, count) in process.owed where count != 0 {
      complain("\(count) more deliveries at \(graph.name(stage)) were announced than came")
    }
  }

  /// - Returns: Whether there was anything to redrive.
  private func redriveAll(_ broker: SQLiteBroker) async throws -> Bool {
    var count = 0
    for run in known.withLock({ known in known.submitted.merging(known.doubtful) { $1 }.sorted { $0.value < $1.value } }
    ) {
      let ticket = try await find(run.key, broker)
      switch ticket?.end?.outcome {
      case .failed: break
      case .cancelled where run.value % 2 == 0: break
      default: continue
      }
      try await redrive(run.key, broker)
      count += 1
    }
    return count > 0
  }

  private func review(_ broker: SQLiteBroker) async throws {
    let (submitted, doubtful) = known.withLock { ($0.submitted, $0.doubtful) }
    var count = submitted.count
    for (run, number) in submitted.sorted(by: { $0.value < $1.value }) {
      if let ticket = try await ticket(of: run, number, broker) { known.withLock { $0.check(ticket, number) } }
    }
    for (run, number) in doubtful {
      guard let ticket = try await find(run, broker) else { continue }
      count += 1
      known.withLock { $0.check(ticket, number) }
    }
    let stored = try await insist { try await broker.runCount(RunQuery()) }
    if stored != count { complain("\(stored) runs are stored, and \(count) were submitted") }
    let unfinished = try await insist { try await broker.runCount(.unfinished) }
    if unfinished != 0 { complain("\(unfinished) runs are stored as unfinished") }
  }
}
