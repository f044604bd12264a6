import TadweenCore
import Testing

/// The pool beside a naive one: each stage has at most one message in hand or at its front.
@Suite("R15: the pool beside a naive one") struct RandomPoolTests {
  /// A small generator of its own, so that a seed says everything.
  private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  @Test(arguments: 0..<100) func theyAgree(_ seed: UInt64) {
    var dice = Dice(state: seed &* 977 &+ 3)
    let units = (0..<2).map { _ in Int.random(in: 1...4, using: &dice) }
    let demands = (0..<5).map { _ in units.map { Int.random(in: 0...$0, using: &dice) } }
    let greatest = Int.random(in: 0...3, using: &dice)
    let names = ["a", "b"]
    func named(_ demand: [Int]) -> Demands {
      Demands(Dictionary(uniqueKeysWithValues: zip(names, demand).filter { $1 > 0 }.map { ($0, .attempt($1)) }))
    }
    let resources = Resources(Dictionary(uniqueKeysWithValues: zip(names, units.map { .init(units: $0) })))
    var run = PoolRun(resources, greatestPasses: greatest, demands.map(named))
    var naive = NaivePool(units, stages: 5, greatestPasses: greatest)
    var greatestSeen = 0
    var pending: Set<Int> = []
    for number in 1...200 {
      let stage = Int.random(in: 0..<5, using: &dice)
      if let holder = naive.holders.randomElement(using: &dice), Bool.random(using: &dice) {
        run.giveBack(naive.stage(of: holder), holder)
        naive.giveBack(holder)
      } else if naive.freeWorkers[stage] > 0 {
        // The one that waits there asks again, or a new one comes.
        let message =
          naive.waiting.first { $0.stage == stage }
          ?? NaivePool.Waiting(number: number, stage: stage, demand: demands[stage])
        let mayGo = naive.mayGo(message)
        let answer = run.ask(stage, message.number)
        pending.remove(stage)
        #expect((answer == .granted) == mayGo, "seed \(seed), step \(number)")
        if mayGo {
          naive.go(message)
        } else if !naive.waiting.contains(where: { $0.number == message.number }) {
          naive.waiting.append(message)
        }
      }
      greatestSeen = max(greatestSeen, naive.waiting.map(\.passes).max() ?? 0)
      let called = run.call()
      pending.formUnion(called)
      let callable = Set(naive.waiting.filter { naive.freeWorkers[$0.stage] > 0 && naive.mayGo($0) }.map(\.stage))
      #expect(callable.isSuperset(of: called) && callable.isSubset(of: pending), "seed \(seed), step \(number)")
      #expect(names.map { run.pool.free[$0] } == naive.free.map(Optional.some))
    }
    #expect(greatestSeen <= greatest)
    while let holder = naive.holders.first {
      run.giveBack(naive.stage(of: holder), holder)
      naive.giveBack(holder)
    }
    // With everything free, whoever waits gets on, one after the other.
    while let oldest = naive.waiting.min(by: { $0.number < $1.number }) {
      let answer = run.ask(oldest.stage, oldest.number)
      #expect(answer == .granted)
      if answer != .granted { break }
      naive.go(oldest)
      run.giveBack(oldest.stage, oldest.number)
      naive.giveBack(oldest.number)
    }
    #expect(run.pool.free == run.pool.units)
  }
}
