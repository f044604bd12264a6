/// The stages of the workflow that is killed again and again.
///
///     left ─┐          ┌─ each ─ item ── polish ─ gather ─ collect ─┐
///           ├─ start ──┼─ odd, even (one of them) ────────── pair ──┤
///     right ┘          ├─ mirrorA, mirrorB (the first) ───── fetch ─┼─ end
///                      └─ fragile ─ sound, or mend ──────── settled ┘
package enum TortureStage: String, CaseIterable, Sendable {
  case left, right, start, item, polish, collect, odd, even, pair, mirrorA, mirrorB, fetch, fragile, sound, mend
  case settled, end

  /// Whether it has one worker that takes one message at a time: once the next has begun, the one before is on the disk.
  package var isSingleFile: Bool { self == .start || self == .fetch }
}

/// One piece of work of a run.
package struct TorturePlace: Hashable, Sendable, CustomStringConvertible {
  package let stage: TortureStage
  /// The item of the map, where it lies within it.
  package let item: Int?

  package init(_ stage: TortureStage, _ item: Int? = nil) { (self.stage, self.item) = (stage, item) }

  package init?(text: Substring) {
    let parts = text.split(separator: "#")
    guard let first = parts.first, let stage = TortureStage(rawValue: String(first)) else { return nil }
    self.init(stage, parts.count > 1 ? Int(parts[1]) : nil)
  }

  package var description: String { item.map { "\(stage.rawValue)#\($0)" } ?? stage.rawValue }
}
