@testable import TadweenCore

/// A stage's gates, driven by hand.
struct GateBench {
  var gates: StageGates
  var now = Duration.zero
  /// What the pool says to whoever asks.
  var verdict: (Delivery) -> ResourcePool.Verdict = { _ in .granted(.none) }
  private(set) var asked: [Int] = []

  init(_ change: (inout GateOptions) -> Void) {
    var options = GateOptions()
    change(&options)
    gates = StageGates(options)
  }

  mutating func append(_ runs: [Int], attempt: Int = 1, priority: Int = 0, isFavoured: Bool = false) {
    for run in runs {
      gates.append(message(run, attempt: attempt, priority: priority), at: now, isFavoured: isFavoured)
    }
  }

  private mutating func step() -> GateStep? {
    guard gates.mayGoOn(at: now) else { return nil }
    let (verdict, now) = (verdict, now)
    var asked: [Int] = []
    defer { self.asked += asked }
    return gates.next(at: now) { entry in
      asked.append(Int(entry.delivery.run.low))
      return verdict(entry.delivery)
    }
  }

  /// The runs of what a free worker starts; nil where it starts nothing.
  mutating func start() -> [Int]? {
    guard case .start(let first, let others, _) = step() else { return nil }
    return ([first] + others).map { Int($0.delivery.run.low) }
  }

  /// Everything that starts, one after the other, with what is started never ending.
  mutating func startAll() -> [Int] {
    var all: [Int] = []
    while let runs = start() { all += runs }
    return all
  }

  /// The message that a free worker looks at.
  mutating func screen() -> Delivery? {
    guard case .screen(let delivery) = step() else { return nil }
    return delivery
  }

  /// Has so many messages looked at, in their order, and then set aside in the order of `finish`, a permutation.
  mutating func screen(_ count: Int, finish: [Int]? = nil, isFavoured: Bool = false, key: (Int) -> String?) {
    let seen = (0..<count).compactMap { _ in screen() }
    for place in finish ?? Array(seen.indices) {
      let delivery = seen[place]
      gates.setAside(delivery.id, message: nil, key: key(Int(delivery.run.low)), isFavoured: isFavoured)
    }
  }

  mutating func release(_ run: Int) { gates.releaseKey(of: message(run).work) }
}
