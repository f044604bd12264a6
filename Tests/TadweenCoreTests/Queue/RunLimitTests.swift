import TadweenCore
import Testing

/// Rule R17: runs in flight.
@Suite("R17: the limit of runs") struct RunLimitTests {
  @Test("no more places than there are, and whoever comes later waits for a turn")
  func places() {
    var limit = RunLimit(3)
    let given = [2, 5, 1, 1].enumerated().map { limit.reserve(atMost: $1, for: UInt64($0)) }
    #expect(given == [2, 1, 0, 0] && limit.waitingSubmitters == 2)
    let turns = (0..<3).map { _ in limit.release(1) }
    #expect(turns == [[2], [3], []] && limit.waitingSubmitters == 0)
    let last = limit.reserve(atMost: 9, for: 9)
    #expect(last == 1)
  }

  @Test("several places at once go to as many, in order")
  func several() {
    var limit = RunLimit(2)
    _ = limit.reserve(atMost: 2, for: 0)
    for submitter in 1...3 { _ = limit.reserve(atMost: 5, for: UInt64(submitter)) }
    let turns = limit.release(2)
    #expect(turns == [1, 2] && limit.waitingSubmitters == 1)
  }

  @Test("nobody comes before whoever waits, and one who gave up takes no turn")
  func turns() {
    var limit = RunLimit(1)
    _ = limit.reserve(atMost: 1, for: 0)
    for submitter in 1...2 { _ = limit.reserve(atMost: 1, for: UInt64(submitter)) }
    limit.forget(1)
    let turns = limit.release(1)
    let next = limit.reserve(atMost: 1, for: 3)
    #expect(turns == [2] && next == 0)
  }

  @Test("runs that were there before count, though they are too many")
  func recovered() {
    var limit = RunLimit(2)
    limit.add(4)
    let first = limit.reserve(atMost: 1, for: 0)
    let turns = [limit.release(2), limit.release(1)]
    #expect(first == 0 && turns == [[], [0]])
  }
}
