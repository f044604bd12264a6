import DurabilityTesting

/// A handler is called, and returns.
extension TortureHistory {
  /// A handler that is told of a failure does not know whose it is: its run is that of the message that failed, or its own.
  private func resolved(_ execution: TortureExecution, by message: String) -> TortureExecution {
    if execution.number != 0 { return execution }
    return TortureExecution(
      process: execution.process, number: keys[message]?.number ?? 0, place: execution.place, attempt: execution.attempt
    )
  }

  mutating func begin(_ execution: TortureExecution, _ key: String, _ source: String) {
    executions += 1
    let parts = source.split(separator: ":")
    let execution = resolved(execution, by: parts.last.map(String.init) ?? "")
    let (number, place, attempt) = (execution.number, execution.place, execution.attempt)
    let name = "run \(number), \(place), attempt \(attempt)"
    let plan = TorturePlan(number)
    if number == 0 || !plan.includes(place) { report("\(name): there is no such work") }
    if runs[number]?.end != nil { report("\(name) has begun though the run was complete") }
    checkKey(key, number, place)
    let work = runs[number, default: TortureRun()].work[place, default: TortureWork(key: key)]
    checkRepetition(of: work, execution, name)
    checkParents(of: execution, plan, source, name)
    checkIsolation(of: work, execution, name)
    passOn(execution)
    let piece = TorturePiece(number: number, place: place)
    process.open.insert(piece)
    process.running.insert(piece)
    runs[number, default: TortureRun()].work[place, default: TortureWork(key: key)].calls.append(
      TortureWork.Call(process: execution.process, attempt: attempt))
  }

  mutating func end(_ execution: TortureExecution, _ key: String, _ result: String) {
    let execution = resolved(execution, by: key)
    let piece = TorturePiece(number: execution.number, place: execution.place)
    process.running.remove(piece)
    if process.alone == piece { process.alone = nil }
    let calls = runs[execution.number]?.work[execution.place]?.calls ?? []
    guard let last = calls.last, last.process == execution.process, last.attempt == execution.attempt,
      last.result == nil
    else { return report("run \(execution.number), \(execution.place) has ended without having begun") }
    runs[execution.number]?.work[execution.place]?.calls[calls.count - 1].result = result
  }

  /// Rule R7: equal for the same work, and for no other.
  private mutating func checkKey(_ key: String, _ number: Int, _ place: TorturePlace) {
    if let known = runs[number]?.work[place]?.key, known != key {
      report("run \(number), \(place): its idempotency key was \(known) and is \(key)")
    }
    if let owner = keys[key], owner != (number, place) {
      report("run \(number), \(place) has the idempotency key of run \(owner.number), \(owner.place)")
    }
    keys[key] = (number, place)
  }

  /// Rules R6 and R8: what is recorded is not done again, and what is not, only after a kill.
  private mutating func checkRepetition(of work: TortureWork, _ execution: TortureExecution, _ name: String) {
    let (place, attempt) = (execution.place, execution.attempt)
    if work.recorded >= attempt { report("\(name) has begun again though its end was on the disk") }
    let same = work.calls.filter { $0.attempt == attempt }
    if same.contains(where: { $0.process == execution.process }) { report("\(name) has begun twice in one process") }
    if !same.isEmpty { repeats += 1 }
    let deaths = work.deaths(before: execution.process, attempt: attempt)
    if deaths >= 3 { report("\(name) has begun after \(deaths) processes died over it") }
    guard attempt > 1 else { return }
    if attempt > TorturePlan.attempts { report("\(name) is one too many") }
    if !work.calls.contains(where: { $0.attempt == attempt - 1 && $0.result == "failed" }) {
      report("\(name) has begun before the attempt before it failed")
    }
    record(execution.number, place, attempt: attempt - 1)
  }

  /// Rule R6: what a child is given was recorded in the same commit that sent it on.
  private mutating func checkParents(
    of execution: TortureExecution, _ plan: TorturePlan, _ source: String, _ name: String
  ) {
    let number = execution.number
    // Of one that failed, the failure is passed on, or that processes died over it.
    let expected = execution.place.stage == .mend ? "failed" : "ok"
    for parent in plan.parents(of: execution.place, source: TortureStage(rawValue: source)) {
      let calls = runs[number]?.work[parent]?.calls ?? []
      let isDone = calls.contains { $0.result == expected }
      let hasCrashed = source.hasPrefix("crashed") && Set(calls.map(\.process)).count >= 2
      if !isDone && !hasCrashed { report("\(name) has begun before \(parent) was done") }
      record(number, parent, attempt: TorturePlan.attempts)
    }
  }

  /// Rule R11: what two processes died over runs with nothing beside it.
  private mutating func checkIsolation(of work: TortureWork, _ execution: TortureExecution, _ name: String) {
    if let alone = process.alone {
      report("\(name) has begun while run \(alone.number), \(alone.place) was to run alone")
    }
    let isFirst = !work.calls.contains { $0.process == execution.process }
    guard isFirst, work.deaths(before: execution.process, attempt: execution.attempt) >= 2 else { return }
    process.alone = TorturePiece(number: execution.number, place: execution.place)
    if let other = process.running.first {
      let deaths = work.calls.map(\.process)
      report("\(name), over which processes \(deaths) died, has begun beside run \(other.number), \(other.place)")
    }
  }

  /// A stage that has one worker, and gives it one message at a time, has recorded the one before.
  private mutating func passOn(_ execution: TortureExecution) {
    let stage = execution.place.stage
    guard stage.isSingleFile else { return }
    if let last = process.last[stage] { record(last.piece.number, last.piece.place, attempt: last.attempt) }
    process.last[stage] = (
      TorturePiece(number: execution.number, place: execution.place), execution.attempt
    )
  }
}
