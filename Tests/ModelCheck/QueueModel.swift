/// A second model: bounded queues, one worker a stage, several runs at once (rule R17, and R14 as far as it goes
/// without gates).
///
/// It has its own small idea of joins, and nothing of the ledger: what it asks is whether workers that wait for room
/// can wait for each other. A worker may take any message of its queue, not only the first, so that messages set aside
/// at gates are covered. It takes one, works, decides to which of its links a value goes, waits for room, sees it, and
/// commits; between seeing and committing anything may happen, as with commits made at the same moment.
struct QueueModel {
  /// When a worker may commit.
  enum Rule: String, CaseIterable {
    /// R17: every direct target's queue is below its bound; what a cascade makes ready does not matter.
    case asDesigned = "a worker waits for all its targets and holds nothing"
    /// Not R17, and live all the same: a cascade runs downstream, like everything else that a commit does.
    case cascadeWaits = "what a cascade makes ready waits for room too"
    case holdsRoom = "a worker holds the room of one target while it waits for another"
    case countsHalfFilled = "a half-filled join counts in its queue's bound"
    case sharedWorker = "stages share a worker, which waits for room"

    /// Whether every state should have a way on.
    var isLive: Bool { self == .asDesigned || self == .cascadeWaits }
  }

  /// When a join fires.
  enum Join: CaseIterable { case ifTaken, any, all }

  let shape: Shape
  let bounds: [Int]
  let runs: Int
  let join: Join
  let rule: Rule
  let outgoing: [[Int]]
  let parents: [Int]

  init(_ shape: Shape, bounds: [Int], runs: Int, join: Join, rule: Rule) {
    self.shape = shape
    self.bounds = bounds
    self.runs = runs
    self.join = join
    self.rule = rule
    outgoing = (0..<shape.stages).map { stage in shape.outgoing(stage).map { shape.links[$0].target } }
    parents = (0..<shape.stages).map { shape.incoming($0).count }
  }

  /// What a run has done at a stage.
  enum Place: UInt8 { case waiting, queued, taken, over }

  /// What a stage's worker does.
  enum Phase: UInt16 { case idle, working, waiting, cleared }

  struct Worker: Hashable {
    var phase = Phase.idle
    var run = 0
    /// The links that a value goes to, by position.
    var taken = 0
    /// The links whose target's room it holds; only where the rule is that it does.
    var held = 0
  }

  struct State: Hashable {
    var places: [Place]
    var missing: [UInt8]
    var successes: [UInt8]
    var workers: [Worker]
    var submitted = 0
  }

  var start: State {
    State(
      places: Array(repeating: .waiting, count: runs * shape.stages),
      missing: (0..<runs).flatMap { _ in parents.map { UInt8($0) } },
      successes: Array(repeating: 0, count: runs * shape.stages),
      workers: Array(repeating: Worker(), count: shape.stages))
  }

  func isDone(_ state: State) -> Bool {
    state.submitted == runs && state.places.allSatisfy { $0 == .over } && state.missing.allSatisfy { $0 == 0 }
  }

  func queued(_ stage: Int, _ state: State) -> Int {
    (0..<runs).count { run in
      let place = run * shape.stages + stage
      let isHalf = rule == .countsHalfFilled && state.places[place] == .waiting && state.missing[place] < parents[stage]
      return state.places[place] == .queued || isHalf
    }
  }

  func hasRoom(_ stage: Int, _ state: State) -> Bool {
    var count = queued(stage, state)
    if rule == .holdsRoom {
      for (source, worker) in state.workers.enumerated() {
        count += outgoing[source].indices.count { outgoing[source][$0] == stage && worker.held >> $0 & 1 == 1 }
      }
    }
    return count < bounds[stage]
  }

  /// Puts a run's token on every link of a stage, and lets the targets decide; all at once, as a commit does.
  func settle(_ run: Int, _ stage: Int, taken: Int, _ state: inout State) {
    state.places[run * shape.stages + stage] = .over
    for (position, target) in outgoing[stage].enumerated() {
      let place = run * shape.stages + target
      state.missing[place] -= 1
      if taken >> position & 1 == 1 { state.successes[place] += 1 }
      guard state.places[place] == .waiting else { continue }
      let isIn = state.missing[place] == 0
      let fires =
        switch join {
        case .all: isIn && Int(state.successes[place]) == parents[target]
        case .ifTaken: isIn && state.successes[place] > 0
        case .any: state.successes[place] > 0
        }
      if fires {
        state.places[place] = .queued
      } else if isIn {
        settle(run, target, taken: 0, &state)
      }
    }
  }
}
