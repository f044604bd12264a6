import DurabilityTesting
import Foundation
import Tadween

/// Makes the stages of the graph, a branch at a time.
struct Stages {
  let workflow: Workflow
  let log: EffectLog

  /// - Parameter milliseconds: How long its handler takes. Real time, for kills are to find it at work.
  private func options(workers: Int = 2, singleFile: Bool = false) -> StageOptions {
    // A deadline has its stage take one message at a time.
    StageOptions(
      taskQueue: .concurrent(singleFile ? 1 : workers),
      retry: .fixed(.milliseconds(2), maxAttempts: TorturePlan.attempts), timeout: singleFile ? .seconds(60) : nil)
  }

  func entry(_ stage: TortureStage) throws -> StageReference<Ticket, Note> {
    try workflow.addStage(stage.rawValue, options: options()) { [log] (ticket: Ticket, context: HandlerContext) in
      try await log.effect(context, run: ticket.number) { Note(ticket: ticket, source: stage.rawValue) }
    }
  }

  /// A stage that passes on what it was given, changed, and says that it comes from there.
  func pass(
    _ stage: TortureStage, milliseconds: Int = 0, singleFile: Bool = false,
    _ change: @escaping @Sendable (inout Note) -> Void = { _ in }
  ) throws -> StageReference<Note, Note> {
    try workflow.addStage(
      stage.rawValue, options: options(singleFile: singleFile)
    ) { [log] (note: Note, context: HandlerContext) in
      try await log.effect(context, run: note.number, source: note.source) {
        // Real time, for a kill is to find it at work.
        if milliseconds > 0 { try await Task.sleep(for: .milliseconds(milliseconds)) }
        var changed = note
        changed.source = stage.rawValue
        change(&changed)
        return changed
      }
    }
  }

  func end() throws -> StageReference<Note, String> {
    try workflow.addStage(
      TortureStage.end.rawValue, policy: log.recording(), options: options()
    ) { [log] (note: Note, context: HandlerContext) in
      try await log.effect(context, run: note.number) {
        "\(note.number)/\(note.value)/\(note.source)/\(note.ticket.padding.count)"
      }
    }
  }

  /// Items of which some are retried, their outputs, and what is gathered of them.
  func map(_ start: StageReference<Note, Note>) throws -> StageReference<Note, Note> {
    let item = try workflow.addStage(
      TortureStage.item.rawValue, policy: log.recording(), options: options(workers: 4)
    ) { [log] (piece: Piece, context: HandlerContext) in
      try await log.effect(context, run: piece.number) {
        if piece.isPoisoned { raise(SIGSEGV) }
        // Real time, for a kill is to find it at work.
        try await Task.sleep(for: .milliseconds(1 + piece.index))
        return piece
      }
    }
    let polish = try workflow.addStage(
      TortureStage.polish.rawValue, options: options()
    ) { [log] (piece: Piece, context: HandlerContext) in
      try await log.effect(context, run: piece.number) {
        var piece = piece
        piece.value *= 2
        return piece
      }
    }
    let collect = try pass(.collect) { note in note.value = note.pieces.reduce(0) { $0 + $1.value } }
    try workflow.link(start, toEach: item, of: \.pieces)
    try workflow.link(item, to: polish)
    try workflow.join(polish.gathered, start, into: collect) { pieces, note in
      var note = note
      note.pieces = pieces
      return note
    }
    return collect
  }

  /// One of two branches, by conditions on their links.
  func choice(_ start: StageReference<Note, Note>) throws -> StageReference<Note, Note> {
    let odd = try pass(.odd)
    let even = try pass(.even)
    try workflow.link(start, to: odd, when: { $0.number % 2 == 1 })
    try workflow.link(start, to: even, when: { $0.number % 2 == 0 })
    // What it passes on says which of them it was.
    let pair = try pass(.pair) { note in note.source = note.number % 2 == 1 ? "odd" : "even" }
    try workflow.join(odd.ifTaken, even.ifTaken, into: pair) { odd, even in
      guard let taken = odd ?? even, odd == nil || even == nil else { throw Planned("one of two") }
      return taken
    }
    return pair
  }

  /// Two that do the same, of which one may fail, and the other is told to stop once the first has succeeded.
  func race(_ start: StageReference<Note, Note>) throws -> StageReference<Note, Note> {
    let mirrorA = try pass(.mirrorA, milliseconds: 1)
    let mirrorB = try pass(.mirrorB, milliseconds: 1)
    try workflow.link(start, to: mirrorA)
    try workflow.link(start, to: mirrorB)
    let fetch = try pass(.fetch, singleFile: true)
    try workflow.join(mirrorA, mirrorB, into: fetch, .anySucceeded(cancelLosers: true)) { $0 }
    return fetch
  }

  /// One that may fail, and what is done then.
  func repair(_ start: StageReference<Note, Note>) throws -> StageReference<Note, Note> {
    let fragile = try pass(.fragile, milliseconds: 2)
    try workflow.link(start, to: fragile)
    let sound = try pass(.sound)
    // Its input travels along, so that events have one.
    try workflow.link(fragile, to: sound) { (input: Note, output: Note) in
      if input.number != output.number { throw Planned("the input of another run") }
      return output
    }
    let mend = try workflow.addStage(
      TortureStage.mend.rawValue, policy: log.recording(), options: options()
    ) { [log] (failure: Failure, context: HandlerContext) in
      // A failure does not say whose it is, but for the message, whose handler has said that.
      let message = failure.message.map { "\($0)" } ?? ""
      return try await log.effect(context, run: 0, source: "\(failure.kind):\(message)") { "\(failure.kind)" }
    }
    try workflow.link(failureOf: fragile, to: mend)
    let settled = try workflow.addStage(
      TortureStage.settled.rawValue, options: options()
    ) { [log] (note: Note, context: HandlerContext) in
      let source = note.source == "sound" ? "sound" : note.source == "-" ? "-" : "mend"
      return try await log.effect(context, run: note.number, source: source) {
        var note = note
        if source == "-" { note.source = "crashed" }
        return note
      }
    }
    try workflow.join(sound.outcome, mend.outcome, start, into: settled) { sound, mend, note in
      var note = note
      note.source = sound.value.map { _ in "sound" } ?? mend.value ?? "-"
      return note
    }
    return settled
  }
}
