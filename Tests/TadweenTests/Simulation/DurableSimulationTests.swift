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
    trial.makeStore = { seed, world in DurableStore(folder.path(of: "\(seed).sqlite"), in: world) }
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

  init(_ path: String, in world: SimulatedWorld) {
    self.path = path
    let clock = world.clock
    options = SQLiteBrokerOptions(
      synchronous: .off, runsInMemory: 3, longestPayloadInRow: 20,
      wallClock: { Date(timeIntervalSince1970: 1e9 + clock.now.offset / .seconds(1)) })
  }

  /// The broker of the next process.
  func broker() -> SQLiteBroker { SQLiteBroker(path: path, options: options) }

  func remove() {
    for end in ["", "-wal", "-shm", "-owner"] { try? FileManager.default.removeItem(atPath: path + end) }
  }
}
