/// Rule R15 once more, in the plainest words: a list of messages, walked from the oldest.
struct NaivePool {
  struct Waiting {
    let number: Int
    let stage: Int
    let demand: [Int]
    var passes = 0
  }

  let greatestPasses: Int
  var free: [Int]
  var waiting: [Waiting] = []
  var freeWorkers: [Int]
  private var held: [Int: (stage: Int, demand: [Int])] = [:]

  init(_ free: [Int], stages: Int, greatestPasses: Int) {
    (self.free, self.greatestPasses) = (free, greatestPasses)
    freeWorkers = Array(repeating: 1, count: stages)
  }

  /// Whether the message may go: those before it have had what they need, or may be passed.
  func mayGo(_ message: Waiting) -> Bool {
    var left = free
    for elder in waiting.sorted(by: { $0.number < $1.number })
    where elder.number < message.number && freeWorkers[elder.stage] > 0 {
      let isServed = zip(left, elder.demand).allSatisfy { $0 >= $1 }
      if isServed || elder.passes >= greatestPasses { left = zip(left, elder.demand).map { max(0, $0 - $1) } }
    }
    return zip(left, message.demand).allSatisfy { $0 >= $1 } && zip(free, message.demand).allSatisfy { $0 >= $1 }
  }

  mutating func go(_ message: Waiting) {
    var left = free
    waiting.sort { $0.number < $1.number }
    for place in waiting.indices where waiting[place].number < message.number && freeWorkers[waiting[place].stage] > 0 {
      let need = waiting[place].demand
      if zip(left, need).allSatisfy({ $0 >= $1 }) || waiting[place].passes >= greatestPasses {
        left = zip(left, need).map { max(0, $0 - $1) }
      } else if need.indices.contains(where: {
        need[$0] > 0 && message.demand[$0] > 0 && left[$0] - message.demand[$0] < need[$0]
      }) {
        waiting[place].passes += 1
      }
    }
    waiting.removeAll { $0.number == message.number }
    held[message.number] = (message.stage, message.demand)
    free = zip(free, message.demand).map { $0 - $1 }
    freeWorkers[message.stage] -= 1
  }

  mutating func giveBack(_ number: Int) {
    guard let (stage, demand) = held.removeValue(forKey: number) else { return }
    free = zip(free, demand).map { $0 + $1 }
    freeWorkers[stage] += 1
  }

  var holders: [Int] { held.keys.sorted() }
  func stage(of holder: Int) -> Int { held[holder]?.stage ?? 0 }
}
