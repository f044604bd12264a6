import TadweenCore
import Testing

/// Rule R13: the line of the runs that have a timeout.
@Suite("R13: the deadlines of runs") struct RunDeadlinesTests {
  private final class Ticket: RunTicket {
    let run: RunID
    init(_ number: UInt64) { run = RunID(high: 0, low: number) }
    var metadata: Metadata { [:] }
    var end: RunEnd? { nil }
    func begin(_ key: DeliveryKey) -> Bool { true }
  }

  private let tickets = (0..<10).map { Ticket($0) }
  private var deadlines = RunDeadlines(.seconds(10))

  private mutating func due(at seconds: Int) -> [UInt64] {
    deadlines.takeDue(at: .seconds(seconds)).map(\.run.low)
  }

  @Test("runs are due in the order in which they began, each once")
  mutating func order() {
    #expect(deadlines.next() == nil)
    for (second, ticket) in tickets.prefix(3).enumerated() { deadlines.begin(ticket, round: 0, at: .seconds(second)) }
    #expect(deadlines.next() == .seconds(10) && deadlines.deadline(of: tickets[2].run) == .seconds(12))
    let taken = [due(at: 9), due(at: 11), due(at: 11), due(at: 12)]
    #expect(taken == [[], [0, 1], [], [2]])
    #expect(deadlines.next() == nil && deadlines.deadline(of: tickets[0].run) == nil)
  }

  @Test("a run that is complete is due no more, and nobody waits for its moment")
  mutating func complete() {
    for ticket in tickets.prefix(3) { deadlines.begin(ticket, round: 0, at: .seconds(Int(ticket.run.low))) }
    deadlines.end(tickets[0].run, round: 0)
    deadlines.end(tickets[1].run, round: 0)
    #expect(deadlines.next() == .seconds(12))
    #expect(due(at: 20) == [2])
  }

  @Test("a run that begins anew has the whole time again, and the end of the round before ends nothing")
  mutating func anew() {
    deadlines.begin(tickets[0], round: 0, at: .seconds(0))
    deadlines.begin(tickets[0], round: 1, at: .seconds(5))
    deadlines.end(tickets[0].run, round: 0)
    // The submission is told after the redrive that came of it.
    deadlines.begin(tickets[0], round: 0, at: .seconds(6))
    let taken = [due(at: 14), due(at: 15), due(at: 16)]
    #expect(taken == [[], [0], []])
  }

  @Test("whoever looked at the clock first and came late is due with the one before")
  mutating func late() {
    deadlines.begin(tickets[0], round: 0, at: .seconds(3))
    deadlines.begin(tickets[1], round: 0, at: .seconds(2))
    let taken = [due(at: 12), due(at: 13)]
    #expect(taken == [[], [0, 1]])
  }

  @Test("what is kept grows with the runs that are unfinished, and with nothing else")
  mutating func memory() {
    deadlines.begin(tickets[0], round: 0, at: .zero)
    for _ in 0..<10_000 {
      for ticket in tickets.dropFirst() {
        deadlines.begin(ticket, round: 0, at: .zero)
        deadlines.end(ticket.run, round: 0)
      }
    }
    #expect(deadlines.places <= 100)
    #expect(due(at: 10) == [0])
  }
}
