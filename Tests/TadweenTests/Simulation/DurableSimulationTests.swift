import Foundation
import TadweenCore
import Testing

@testable import Tadween
@testable import TadweenSQLite
@testable import TadweenTesting

/// Random graphs over the durable broker in simulated worlds: processes die at drawn moments and the next ones go on with the
/// file, and every run ends as the oracle says.
@Suite struct DurableSimulationTests {
  @Test func everyRunEndsAsTheRulesSayWhoeverDies() async throws {
    let folder = try Folder()
    var trial = SimulatedTrial()
    trial.faults.chance[.crashed] = 0.7
    trial.makeStore = { seed, world in DurableStore(folder.path(of: "\(seed).sqlite"), in: world, seed) }
    let seed = SimulatedGraphTests.seed
    let graphs = seed == nil ? min(SimulatedGraphTests.graphs, 2000) * 2 / 5 : 1
    let result = await trial.run(graphs: graphs, from: seed ?? 500_000)
    print("simulation: durable:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
    if seed != nil { return }
    #expect(result.report.faults[.crashed, default: 0] > 50)
  }
}

/// One file, and the brokers of the processes that work on it, one after the other.
struct DurableStore: Sendable {
  private let path: String
  private let options: SQLiteBrokerOptions

  init(_ path: String, in world: SimulatedWorld, _ seed: UInt64) {
    self.path = path
    let clock = world.clock
    options = SQLiteBrokerOptions(
      synchronous: .off, runsInMemory: 1 + Int(seed % 3), longestPayloadInRow: 20,
      wallClock: { Date(timeIntervalSince1970: 1e9 + clock.now.offset / .seconds(1)) })
  }

  /// The broker of the next process.
  func broker() -> SQLiteBroker { SQLiteBroker(path: path, options: options) }

  /// What is not so in the file, once nothing is left to do: a process that opens it finds nothing to go on with, and has of
  /// each run what the last one had.
  func problems(of witness: Witness) async throws -> [String] {
    let (graph, tickets) = witness.state.withLock { ($0.graph, $0.tickets.values.compactMap { $0 as? DurableRun }) }
    guard let graph else { return [] }
    var problems: [String] = []
    let marked = RunningMarks.records(in: try DatabaseOwner(of: path).contents()).count
    if marked > 0 { problems.append("all has ended, and \(marked) attempts are marked as running") }
    let file = broker()
    let recovery = try await file.open(graph, observer: Nobody())
    let unfinished = try await file.runCount(RunQuery(states: [.unfinished])) + recovery.further
    if unfinished > 0 || !recovery.unfit.isEmpty || !recovery.tickets.isEmpty {
      problems.append("all has ended, and in the file \(unfinished) runs have not")
    }
    var letters = 0
    for run in tickets.sorted(by: { $0.number < $1.number }) {
      guard let ledger = run.copy, let again = try await file.ticket(of: run.run) as? DurableRun else {
        problems.append("run \(run.run) has ended, and nobody knows how")
        continue
      }
      letters += ledger.deadLetters.count
      if again.copy?.state != ledger.state || again.course.ends.map(\.outcome) != run.course.ends.map(\.outcome) {
        problems.append("run \(run.run) is another one in the file")
      }
    }
    let stored = try await file.deadLetterCount(.all)
    if stored != letters { problems.append("\(stored) dead letters are stored, and there are \(letters)") }
    try await file.close(timeout: nil)
    return problems
  }

  func remove() {
    for end in ["", "-wal", "-shm", "-owner"] { try? FileManager.default.removeItem(atPath: path + end) }
  }
}
