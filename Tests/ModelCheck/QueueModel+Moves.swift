extension QueueModel {
  /// Every state that one move leads to.
  func successors(of state: State) -> [State] {
    var found: [State] = []
    submit(state, &found)
    for stage in 0..<shape.stages {
      switch state.workers[stage].phase {
      case .idle: take(stage, state, &found)
      case .gathering: gather(stage, state, &found)
      case .working: finish(stage, state, &found)
      case .waiting: wait(stage, state, &found)
      case .cleared: commit(stage, state, &found)
      }
    }
    return found
  }

  /// A submission waits for room at its entry; the other entries put notTaken on their links.
  private func submit(_ state: State, _ found: inout [State]) {
    guard state.submitted < runs else { return }
    let entries = (0..<shape.stages).filter { parents[$0] == 0 }
    for entry in entries where hasRoom(entry, state) {
      var next = state
      let run = state.submitted
      next.submitted += 1
      enqueue(run * shape.stages + entry, &next)
      for other in entries where other != entry { settle(run, other, taken: 0, &next) }
      found.append(next)
    }
  }

  private func take(_ stage: Int, _ state: State, _ found: inout [State]) {
    if rule == .sharedWorker, state.workers.contains(where: { $0.phase != .idle }) { return }
    for run in 0..<runs where state.places[run * shape.stages + stage] == .queued {
      let place = run * shape.stages + stage
      guard let passed = passing(place, state) else { continue }
      var next = state
      next.places[place] = .taken
      next.workers[stage] = Worker(phase: .working, run: run)
      grant(place, passed, &next)
      found.append(next)
    }
  }

  private func finish(_ stage: Int, _ state: State, _ found: inout [State]) {
    for taken in 0..<(1 << outgoing[stage].count) {
      var next = state
      next.workers[stage].phase = .waiting
      next.workers[stage].taken = taken
      if rule != .keepsUnits { next.workers[stage].units = 0 }
      found.append(next)
    }
  }

  private func wait(_ stage: Int, _ state: State, _ found: inout [State]) {
    let worker = state.workers[stage]
    let targets = outgoing[stage].enumerated().filter { worker.taken >> $0.offset & 1 == 1 }
    var next = state
    next.workers[stage].phase = .cleared
    switch rule {
    case .cascadeWaits:
      var after = state
      settle(worker.run, stage, taken: worker.taken, &after)
      let opened = (0..<shape.stages).filter {
        let place = worker.run * shape.stages + $0
        return after.places[place] == .queued && state.places[place] != .queued
      }
      if targets.allSatisfy({ hasRoom($0.element, state) }), opened.allSatisfy({ hasRoom($0, state) }) {
        found.append(next)
      }
    case .holdsRoom:
      if worker.held == worker.taken { found.append(next) }
      for target in targets where worker.held >> target.offset & 1 == 0 && hasRoom(target.element, state) {
        var holding = state
        holding.workers[stage].held |= 1 << target.offset
        found.append(holding)
      }
    default:
      if targets.allSatisfy({ hasRoom($0.element, state) }) { found.append(next) }
    }
  }

  private func commit(_ stage: Int, _ state: State, _ found: inout [State]) {
    var next = state
    let worker = state.workers[stage]
    next.workers[stage] = Worker()
    settle(worker.run, stage, taken: worker.taken, &next)
    complete(worker.run, &next)
    found.append(next)
  }
}
