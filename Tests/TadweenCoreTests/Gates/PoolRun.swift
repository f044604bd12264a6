import TadweenCore

/// A pool, and messages that ask it in the order of their numbers, which are their places too.
struct PoolRun {
  var pool: ResourcePool
  private var held: [Int: Grant] = [:]

  init(_ resources: Resources, greatestPasses: Int = 16, _ demands: [Demands], workers: Int = 1) {
    pool = ResourcePool(resources, greatestPasses: greatestPasses)
    for (stage, demands) in demands.enumerated() { pool.add(StageID(stage), demands, workers: workers) }
  }

  enum Answer { case granted, refused, lacksRunUnits }

  /// The message asks; one that is granted keeps a worker of its stage until it returns.
  mutating func ask(_ stage: Int, _ number: Int, run: Int? = nil, priority: Int = 0) -> Answer {
    let place = ResourcePool.Place(
      priority: priority, since: .seconds(number), stage: StageID(stage), order: UInt64(number))
    switch pool.ask(message(run ?? number, at: stage), at: place, now: .seconds(number)) {
    case .granted(let grant):
      held[number] = grant
      pool.changeFreeWorkers(of: StageID(stage), by: -1)
      return .granted
    case .refused: return .refused
    case .lacksRunUnits: return .lacksRunUnits
    }
  }

  mutating func giveBack(_ stage: Int, _ number: Int) {
    if let grant = held.removeValue(forKey: number) { pool.giveBack(grant) }
    pool.changeFreeWorkers(of: StageID(stage), by: 1)
  }

  func grant(_ number: Int) -> Grant? { held[number] }

  mutating func complete(_ run: Int) { _ = pool.complete([RunID(high: 0, low: UInt64(run))], now: .zero) }

  /// The stages that are called.
  mutating func call() -> [Int] { pool.call().map { Int($0.index) } }
}
