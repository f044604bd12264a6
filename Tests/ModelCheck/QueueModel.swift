/// A second model: bounded queues, one worker a stage, several runs at once, and units that attempts and runs hold (rules
/// R14, R15 and R17).
///
/// It has its own small idea of joins and of units, and nothing of the ledger and the pool: what it asks is whether those
/// that wait for room or for units can wait for each other. A worker may take any message of its queue, not only the first, so that messages set aside
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
    case keepsUnits = "a worker holds its units while it waits for room"
    case oneByOne = "units are granted one by one"
    case twoRunStages = "two stages demand units for the rest of a run"
    case countsRunWaiters = "what waits for a run's unit counts in its queue's bound"
    case barsForRunUnits = "one that lacks a run's unit holds others back"
    case barsForWorkers = "one that lacks a worker holds others back"

    /// Whether every state should have a way on.
    var isLive: Bool { self == .asDesigned || self == .cascadeWaits }
  }

  /// The rules that say something of units, and so are searched with some.
  static let ofUnits: [Rule] = [
    .asDesigned, .keepsUnits, .oneByOne, .twoRunStages, .countsRunWaiters, .barsForRunUnits, .barsForWorkers,
  ]
  static let ofQueues: [Rule] = [.asDesigned, .cascadeWaits, .holdsRoom, .countsHalfFilled, .sharedWorker]

  /// When a join fires.
  enum Join: CaseIterable { case ifTaken, any, all }

  let shape: Shape
  let bounds: [Int]
  let runs: Int
  let join: Join
  let rule: Rule
  let units: Units
  let outgoing: [[Int]]
  let parents: [Int]

  init(_ shape: Shape, bounds: [Int], runs: Int, join: Join, rule: Rule, units: Units = Units()) {
    self.shape = shape
    self.bounds = bounds
    self.runs = runs
    self.join = join
    self.rule = rule
    self.units = units
    outgoing = (0..<shape.stages).map { stage in shape.outgoing(stage).map { shape.links[$0].target } }
    parents = (0..<shape.stages).map { shape.incoming($0).count }
  }

  /// What a run has done at a stage.
  enum Place: UInt8 { case waiting, queued, taken, over }

  /// What a stage's worker does.
  enum Phase: UInt16 { case idle, gathering, working, waiting, cleared }

  struct Worker: Hashable {
    var phase = Phase.idle
    var run = 0
    /// The links that a value goes to, by position.
    var taken = 0
    /// The links whose target's room it holds; only where the rule is that it does.
    var held = 0
    /// The units that it holds.
    var units = 0
  }

  struct State: Hashable {
    var places: [Place]
    var missing: [UInt8]
    var successes: [UInt8]
    var workers: [Worker]
    var submitted = 0
    /// What waits for units, in the order of arrival.
    var order: [UInt8] = []
    /// How many grants have passed each of them.
    var passes: [UInt8] = []
    /// By stage that demands a unit for the rest of a run, the run that holds it.
    var holders: [Int?] = []
  }

  var start: State {
    State(
      places: Array(repeating: .waiting, count: runs * shape.stages),
      missing: (0..<runs).flatMap { _ in parents.map { UInt8($0) } },
      successes: Array(repeating: 0, count: runs * shape.stages),
      workers: Array(repeating: Worker(), count: shape.stages),
      holders: units.ofRuns.map { _ in nil })
  }

  func isDone(_ state: State) -> Bool {
    state.submitted == runs && state.places.allSatisfy { $0 == .over } && state.missing.allSatisfy { $0 == 0 }
  }

  func queued(_ stage: Int, _ state: State) -> Int {
    (0..<runs).count { run in
      let place = run * shape.stages + stage
      let isHalf = rule == .countsHalfFilled && state.places[place] == .waiting && state.missing[place] < parents[stage]
      let isWaiting = state.places[place] == .queued && (rule == .countsRunWaiters || !lacksRunUnit(place, state))
      return isWaiting || isHalf
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
        enqueue(place, &state)
      } else if isIn {
        settle(run, target, taken: 0, &state)
      }
    }
  }
}
