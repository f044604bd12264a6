import Tadween
import Testing

/// Rules R5 and R17: a map over a bounded queue.
@Suite(.timeLimit(.minutes(1))) struct BoundedMapTests {
  @Test("R5, R17: a bound of one keeps no worker from a map's items, and loses none", arguments: BrokerKind.allCases)
  func everyWorker(_ kind: BrokerKind) async throws {
    let gate = Gate()
    try await withWorkflow(kind) { workflow in
      let numbers = try workflow.addStage("numbers") { (n: Int) in Array(0..<n) }
      let item = try workflow.addStage("item", options: .init(taskQueue: .concurrent(4), queueBound: 1)) { (n: Int) in
        try await gate.pass()
        return n
      }
      let all = try workflow.pass("all", [Int].self)
      try workflow.link(numbers, toEach: item)
      try workflow.gather(item, into: all)
      return all
    } use: { workflow, all in
      let run = try await workflow.submit(20)
      await gate.arrivals(4)
      gate.open()
      #expect(try await run.output(of: all) == Array(0..<20))
    }
  }
}
