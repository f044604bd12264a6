import Foundation
import TadweenCore
import Testing

@testable import Tadween
@testable import TadweenSQLite

/// The same random graphs on the durable broker; and every ledger that was in memory is what its events say.
@Suite struct DurableTrials {
  /// Runs trials on files of their own, and reads each run again from its file.
  private func check(_ trial: Trial, _ runner: EngineRunner = EngineRunner()) async throws -> Trial.Result {
    let folder = try Folder()
    let count = Locked(0)
    return await trial.run { seed in
      var runner = runner
      runner.workers = 1 + Int(seed % 3)
      let path = folder.path(of: "\(count.withLock { $0 += 1; return $0 }).sqlite")
      let graph = Locked<WorkflowGraph?>(nil)
      runner.makeBroker = {
        NotingBroker(SQLiteBroker(path: path, options: SQLiteBrokerOptions(synchronous: .off)), graph)
      }
      runner.look = { run, _ in
        let left = try #require((run.ticket as? DurableRun)?.copy)
        let again = SQLiteBroker(path: path, options: SQLiteBrokerOptions(synchronous: .off))
        let recovery = try await again.open(try #require(graph.withLock { $0 }), observer: Nobody())
        #expect(recovery.deliveries.isEmpty && recovery.unfit.isEmpty)
        let restored = try #require(try await again.ticket(of: run.id) as? DurableRun)
        let ledger = try #require(restored.copy)
        #expect(ledger.state == left.state, "seed \(seed)")
        #expect(restored.course.ends.map(\.outcome) == (run.ticket as? DurableRun)?.course.ends.map(\.outcome))
        try await again.close(timeout: nil)
        for end in ["", "-wal", "-shm", "-owner"] { try? FileManager.default.removeItem(atPath: path + end) }
      }
      return runner
    }
  }

  @Test func everyRunEndsAsTheRulesSay() async throws {
    let result = try await check(Trial(seeds: 70_000..<70_300, cancelled: 40))
    print("oracle, durable:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
  }

  @Test func batchesAndRetriesChangeNothing() async throws {
    var trial = Trial(seeds: 71_000..<71_200, cancelled: 40)
    trial.odds.cancelsBranch = 0
    let result = try await check(trial, EngineRunner(hasPolicies: false, stumbles: true))
    print("oracle, durable, batches:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
  }
}

/// Keeps the graph that it is opened with.
private final class NotingBroker: Broker {
  private let base: SQLiteBroker
  private let graph: Locked<WorkflowGraph?>
  init(_ base: SQLiteBroker, _ graph: Locked<WorkflowGraph?>) { (self.base, self.graph) = (base, graph) }

  var handsOver: Bool { base.handsOver }
  var payloadEncoding: PayloadEncoding? { base.payloadEncoding }
  func open(_ graph: WorkflowGraph, observer: any RunObserver) async throws -> Recovery {
    self.graph.withLock { $0 = graph }
    return try await base.open(graph, observer: observer)
  }
  func submit(_ runs: [NewRun]) async throws -> SubmitResult { try await base.submit(runs) }
  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    try await base.receive(from: stage, atMost: limit)
  }
  func commit(_ transitions: [Transition]) async throws -> CommitResult { try await base.commit(transitions) }
  func control(_ command: RunCommand) async throws -> CommitResult { try await base.control(command) }
  func close(timeout: Duration?) async throws { try await base.close(timeout: timeout) }
}

/// Is told, and does nothing.
final class Nobody: RunObserver {
  func runsDidComplete(_ ends: [RunEnd]) {}
}
