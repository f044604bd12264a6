import DurabilityTesting
import Foundation
import GRDB
import Testing

@testable import Tadween
@testable import TadweenSQLite
@testable import TadweenTesting

/// A durable broker fails, or its process dies, at each of its steps.
@Suite struct BrokerFailpointTests {
  /// At which of the first so many occurrences of each step.
  static let occurrences = amount("TADWEEN_BROKER_STEPS", otherwise: 20)
  /// Those that these courses come to; runs that are over are let go elsewhere.
  static let steps = Failpoint.allCases.filter { ![.retentionBegins, .retentionEnds, .shrinks].contains($0) }

  private static func options(
    inMemory: Int = 100, _ failpoint: @escaping @Sendable (Failpoint) throws -> Void
  ) -> SQLiteBrokerOptions {
    var options = SQLiteBrokerOptions(
      synchronous: .off, runsInMemory: inMemory, longestPayloadInRow: 2, retention: .forever)
    options.failpoint = failpoint
    return options
  }

  /// Several processes on one file, the last of which works to the end.
  static func work(
    _ course: Course, _ path: String, inMemory: Int = 100, _ failpoint: @escaping @Sendable (Failpoint) throws -> Void
  ) async throws {
    for goal in [.steps(7), .steps(7), .steps(7), .steps(7), .end] as [Course.Goal] {
      let broker = SQLiteBroker(path: path, options: options(inMemory: inMemory, failpoint))
      let isAlive = try await course.live(broker, until: goal)
      try await broker.close(timeout: nil)
      if !isAlive { return course.complain("it died") }
    }
  }

  /// What the next process finds.
  static func problems(_ path: String, knowing known: Knowledge, seed: UInt64, runs: Int) async throws -> [String] {
    let course = Course(try CourseGraph(), seed: seed + 1_000_000, runs: runs, knowing: known)
    let thrown = Locked<[String]>([])
    course.whatThrows = { error in
      thrown.withLock { $0.append("\(error)") }
      return .dies
    }
    let broker = SQLiteBroker(path: path, options: options { _ in })
    _ = try await course.live(broker, until: .end)
    try await broker.close(timeout: nil)
    let check = try await DatabaseQueue(path: path).read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
    return course.problems + thrown.withLock { $0 } + (check == ["ok"] ? [] : check)
  }

  @Test("a step that fails is said, and what is repeated succeeds", arguments: steps)
  func fails(at step: Failpoint) async throws {
    let graph = try CourseGraph()
    var met = 0
    var isExhausted = [false, false, false]
    for occurrence in 1...Self.occurrences where !isExhausted[occurrence % 3] {
      let folder = try Folder()
      let path = folder.path("runs.sqlite")
      let course = Course(graph, seed: UInt64(occurrence % 3), runs: step.runs)
      course.together = step == .submitted ? 1 : 3
      let count = Locked(0)
      course.whatThrows = { error in
        if !"\(error)".contains("on purpose") { course.complain("\(error)") }
        return .again
      }
      try await Self.work(course, path, inMemory: step.needsBacklog ? 2 : 100) { reached in
        if reached == step,
          count.withLock({
            $0 += 1; return $0
          }) == occurrence
        {
          throw Trouble("on purpose")
        }
      }
      if count.withLock({ $0 }) < occurrence {
        isExhausted[occurrence % 3] = true
        continue
      }
      met += 1
      let known = course.known.withLock { $0 }
      #expect(known.problems == [], "\(step) \(occurrence)")
      #expect(known.announced.count >= known.submitted.count, "\(step) \(occurrence)")
      let later = try await Self.problems(path, knowing: known, seed: 7, runs: step.runs + 1)
      #expect(later == [], "\(step) \(occurrence), later")
    }
    #expect(met >= step.leastCount, "\(step) was met \(met) times")
  }

  /// A copy of the files as they are at a step, and of what was acknowledged by then.
  struct Grave {
    let step: Failpoint
    let path: String
    let known: Knowledge
  }

  @Test("what a death at a step leaves goes on to the end", arguments: [100, 2])
  func dies(inMemory: Int) async throws {
    var counts: [Failpoint: Int] = [:]
    for seed in 0..<10 as Range<UInt64> {
      if Self.steps.allSatisfy({ (inMemory == 2) != $0.needsBacklog || counts[$0, default: 0] >= $0.leastCount }) {
        break
      }
      let folder = try Folder()
      let graves = try await bury(seed, inMemory: inMemory, folder, counts)
      for (number, grave) in graves.enumerated() {
        counts[grave.step, default: 0] += 1
        let problems = try await Self.problems(
          grave.path, knowing: grave.known, seed: seed, runs: inMemory == 2 ? 11 : 6)
        #expect(problems == [], "seed \(seed), grave \(number): \(grave.step)")
      }
    }
    for step in Self.steps where (inMemory == 2) == step.needsBacklog {
      #expect(counts[step, default: 0] >= step.leastCount, "\(step)")
    }
  }

  /// One course to its end, and what every death on the way would have left.
  private func bury(
    _ seed: UInt64, inMemory: Int, _ folder: Folder, _ counts: [Failpoint: Int]
  ) async throws -> [Grave] {
    let path = folder.path("runs.sqlite")
    let graves = Locked<[Grave]>([])
    let course = Course(try CourseGraph(), seed: seed, runs: inMemory == 2 ? 10 : 5)
    course.whatThrows = { error in
      course.complain("\(error)")
      return .dies
    }
    try await Self.work(course, path, inMemory: inMemory) { step in
      let count = graves.withLock { graves in graves.count { $0.step == step } }
      if (inMemory == 2) != step.needsBacklog || count + counts[step, default: 0] >= Self.occurrences { return }
      let copy = folder.path("\(step) \(count).sqlite")
      for end in ["", "-wal", "-shm", "-owner"] where FileManager.default.fileExists(atPath: path + end) {
        try FileManager.default.copyItem(atPath: path + end, toPath: copy + end)
      }
      let known = course.known.withLock { $0 }
      graves.withLock { $0.append(Grave(step: step, path: copy, known: known)) }
    }
    #expect(course.problems == [])
    return graves.withLock { $0 }
  }
}

extension Failpoint {
  /// Only where runs wait in the file.
  fileprivate var needsBacklog: Bool { [.readsBacklog, .loadsRun].contains(self) }
  /// How many runs make it occur often enough.
  fileprivate var runs: Int {
    switch self {
    case .submitted: 20
    case .controlled, .readsBacklog: 20
    case .recoversRun: 16
    default: 5
    }
  }

  /// Once a process there are fewer; and seldom is something wanted of a run that waits in the file.
  fileprivate var leastCount: Int {
    switch self {
    case .recoveryBegins, .prepared, .recoveryEnds: min(5, BrokerFailpointTests.occurrences)
    case .controlled, .recoversRun, .readsBacklog, .findsRun: min(6, BrokerFailpointTests.occurrences / 2)
    case .loadsRun: 0
    default: BrokerFailpointTests.occurrences
    }
  }
}
