import DurabilityTesting
import Foundation
import Tadween
import TadweenSQLite

extension MetadataKey {
  /// The run's, for whoever does not see its payload.
  static let number = MetadataKey("number")
}

/// What is submitted.
struct Ticket: Codable, Sendable {
  let number: Int
  /// Whether its first item kills the process.
  let isPoisoned: Bool
  let padding: String

  init(_ number: Int, isPoisoned: Bool) {
    (self.number, self.isPoisoned) = (number, isPoisoned)
    padding = String(repeating: "x", count: TorturePlan(number).padding)
  }
}

/// What goes from stage to stage.
struct Note: Codable, Sendable {
  var ticket: Ticket
  var source: String
  var value = 0
  var pieces: [Piece] = []
  var number: Int { ticket.number }
}

/// An item of the map.
struct Piece: Codable, Sendable {
  let number: Int
  let index: Int
  var value: Int
  let isPoisoned: Bool
}

/// The graph of ``TortureStage``.
struct TortureWorkflow {
  let workflow: Workflow
  private let left: StageReference<Ticket, Note>
  private let right: StageReference<Ticket, Note>
  private let end: StageReference<Note, String>
  private let log: EffectLog

  init(path: String, _ log: EffectLog, failpoint: (@Sendable (Failpoint) throws -> Void)?) throws {
    var options = SQLiteBrokerOptions()
    options.failpoint = failpoint
    let workflow = Workflow(name: "torture", broker: .sqlite(path, options: options))
    let stages = Stages(workflow: workflow, log: log)
    left = try stages.entry(.left)
    right = try stages.entry(.right)
    let start = try stages.pass(.start, singleFile: true) { note in
      note.pieces = (0..<TorturePlan(note.number).width).map {
        Piece(
          number: note.number, index: $0, value: TorturePlan(note.number).value(of: $0),
          isPoisoned: note.ticket.isPoisoned && $0 == 0)
      }
    }
    try workflow.join(left, right, into: start, .anySucceeded) { $0 }
    let end = try stages.end()
    self.end = end
    try workflow.join(
      stages.map(start), stages.choice(start), stages.race(start), stages.repair(start), into: end
    ) { pieces, pair, fetch, settled in
      Note(ticket: fetch.ticket, source: "\(pair.source)/\(settled.source)", value: pieces.value)
    }
    (self.workflow, self.log) = (workflow, log)
  }

  /// Submits a run, says so, and says how it ended once it has.
  func perform(_ number: Int, isPoisoned: Bool) async throws {
    let plan = TorturePlan(number)
    let run = try await workflow.submit(
      Ticket(number, isPoisoned: isPoisoned), to: plan.entry == .left ? left : right, id: plan.callerID,
      metadata: [.number: "\(number)"])
    log.say("submitted \(number) \(run.id)")
    try await tell(number, run)
  }

  /// Asks for the ends of all these runs once more, by submitting them again.
  func askAgain(for numbers: some Sequence<Int>, poisoned: Set<Int>) async throws {
    for entry in [TortureStage.left, .right] {
      let numbers = numbers.filter { TorturePlan($0).entry == entry }
      let runs = try await workflow.submit(
        contentsOf: numbers.map { Ticket($0, isPoisoned: poisoned.contains($0)) }, to: entry == .left ? left : right,
        id: { TorturePlan($0.number).callerID })
      for (number, run) in zip(numbers, runs) { try await tell(number, run) }
    }
  }

  private func tell(_ number: Int, _ run: Run) async throws {
    let end = try await run.end()
    let (outcome, failures): (String, [Failure]) =
      switch end.outcome {
      case .succeeded: ("succeeded", [])
      case .failed(let failures): ("failed", failures)
      case .cancelled: ("cancelled", [])
      }
    let output = outcome == "succeeded" ? try await run.output(of: self.end) : "-"
    let names = [failures, end.absorbed].map { failures in
      failures.map { failure in
        "\(failure.kind)@\(failure.stage)" + (failure.scope.indices.last.map { "#\($0)" } ?? "")
      }
    }
    log.add(
      .complete(
        TortureEnd(
          process: log.process, number: number, run: "\(run.id)", outcome: outcome, failures: names[0],
          absorbed: names[1], output: output)))
  }
}
