internal import Foundation
internal import GRDB
internal import Tadween

/// Makes the changes, on the one connection that writes.
final class JournalWriter {
  private let graph: WorkflowGraph
  private let stages: StageNumbers
  /// A payload with more bytes has a row of its own, so that the events stay close together.
  private let longest: Int
  private let insertRun: PreparedStatement
  private let insertEvent: PreparedStatement
  private let insertPayload: PreparedStatement
  private let finish: PreparedStatement
  private let reopen: PreparedStatement
  private let insertLetter: PreparedStatement
  private let deleteLetter: PreparedStatement

  init(_ db: Database, _ graph: WorkflowGraph, _ stages: StageNumbers, longestPayloadInRow: Int) throws {
    (self.graph, self.stages, longest) = (graph, stages, longestPayloadInRow)
    insertRun = try PreparedStatement(
      "INSERT INTO runs (number, id, caller, entry, priority, metadata, payload, submitted, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      db)
    insertEvent = try PreparedStatement(
      "INSERT INTO events (key, kind, stage, scope, generation, attempt, delivery, lasted, at, output, input, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      db)
    insertPayload = try PreparedStatement("INSERT INTO payloads (key, bytes) VALUES (?, ?)", db)
    finish = try PreparedStatement("UPDATE runs SET finished = ?, outcome = ? WHERE number = ?", db)
    reopen = try PreparedStatement("UPDATE runs SET finished = NULL, outcome = NULL WHERE number = ?", db)
    insertLetter = try PreparedStatement(
      "INSERT OR REPLACE INTO letters (run, stage, scope, generation, parked, kind, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      db)
    deleteLetter = try PreparedStatement("DELETE FROM letters WHERE run = ? AND stage = ? AND scope = ?", db)
  }

  func perform(_ write: JournalWrite) throws {
    switch write {
    case .run(let number, let new, let origin, let at): try add(new, number, origin, at: at)
    case .event(let run, let number, let event, let lasted, let isReused, let at):
      var row = try EventRow(event, in: graph)
      if isReused { row.detail.reused = true }
      try add(row, Journal.key(run, number), lasted, at: at)
    case .finished(let run, let outcome, let at):
      finish.bind(at, at: 1)
      finish.bind(StoredOutcome(outcome).rawValue, at: 2)
      finish.bind(run, at: 3)
      try finish.run()
    case .reopened(let run):
      reopen.bind(run, at: 1)
      try reopen.run()
    case .letter(let run, let activation, let generation, let kind, let isParked, let at):
      insertLetter.bind(run, at: 1)
      insertLetter.bind(stages[activation.stage], at: 2)
      insertLetter.bind(activation.scope.stored, at: 3)
      insertLetter.bind(Int64(generation), at: 4)
      insertLetter.bind(isParked ? 1 : 0, at: 5)
      insertLetter.bind(kind.name, at: 6)
      insertLetter.bind(at, at: 7)
      try insertLetter.run()
    case .letterGone(let run, let activation):
      deleteLetter.bind(run, at: 1)
      deleteLetter.bind(stages[activation.stage], at: 2)
      deleteLetter.bind(activation.scope.stored, at: 3)
      try deleteLetter.run()
    }
  }

  private func add(_ new: NewRun, _ number: Int64, _ origin: Int64?, at: Int64) throws {
    insertRun.bind(number, at: 1)
    insertRun.bind(new.id.stored, at: 2)
    insertRun.bind(new.callerID, at: 3)
    insertRun.bind(stages[new.entry], at: 4)
    insertRun.bind(Int64(new.priority), at: 5)
    insertRun.bind(new.metadata.values.isEmpty ? nil : try text(new.metadata), at: 6)
    try bind(new.payload.json(), to: insertRun, at: 7, key: Journal.key(number, 0))
    insertRun.bind(at, at: 8)
    insertRun.bind(origin, at: 9)
    try insertRun.run()
  }

  private func add(_ row: EventRow, _ key: Int64, _ lasted: Int64?, at: Int64) throws {
    insertEvent.bind(key, at: 1)
    insertEvent.bind(row.kind.rawValue, at: 2)
    insertEvent.bind(row.key.map { stages[$0.activation.stage] }, at: 3)
    insertEvent.bind(row.key.flatMap { $0.activation.scope.isRoot ? nil : $0.activation.scope.stored }, at: 4)
    // Those of most events are left out: the first attempt's.
    insertEvent.bind(row.key.flatMap { $0.generation == 0 ? nil : Int64($0.generation) }, at: 5)
    insertEvent.bind(row.key.flatMap { $0.attempt == 1 ? nil : Int64($0.attempt) }, at: 6)
    insertEvent.bind(row.key.flatMap { $0.number == 1 ? nil : Int64($0.number) }, at: 7)
    insertEvent.bind(lasted, at: 8)
    insertEvent.bind(at, at: 9)
    if let output = row.output { try bind(output, to: insertEvent, at: 10, key: key) }
    insertEvent.bind(row.input, at: 11)
    insertEvent.bind(row.detail.isEmpty ? nil : try text(row.detail), at: 12)
    try insertEvent.run()
  }

  /// A payload that is too long is left out, and stored beside.
  private func bind(_ payload: Data, to statement: PreparedStatement, at position: Int32, key: Int64) throws {
    if payload.count <= longest { return statement.bind(payload, at: position) }
    insertPayload.bind(key, at: 1)
    insertPayload.bind(payload, at: 2)
    try insertPayload.run()
  }

  private func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

extension RunID {
  /// Sixteen bytes, the upper ones first, so that ids that were made one after the other lie side by side.
  var stored: Data {
    var bytes = Data(capacity: 16)
    for word in [high, low] {
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return bytes
  }

  init?(stored bytes: Data) {
    guard bytes.count == 16 else { return nil }
    let words = [bytes.prefix(8), bytes.suffix(8)].map { $0.reduce(0 as UInt64) { $0 << 8 | UInt64($1) } }
    self.init(high: words[0], low: words[1])
  }
}

extension ScopePath {
  /// `2.0`: the third item's first; empty outside maps.
  var stored: String { indices.map { "\($0)" }.joined(separator: ".") }

  init?(stored text: String) {
    let indices = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard text.isEmpty || indices.allSatisfy({ $0.map { $0 >= 0 } ?? false }) else { return nil }
    self.init(text.isEmpty ? [] : indices.compactMap { $0 })
  }
}
