/// The lines of a progress display: a pure function of two snapshots and a width.
struct ProgressText: Sendable {
  /// How many runs there will be; nil: nobody knows.
  var total: Int?

  /// - Parameters:
  ///   - earlier: What rates are measured from; nil: there is nothing to measure yet.
  ///   - now: What is shown.
  ///   - width: The columns of the terminal; no line is longer.
  func lines(from earlier: WorkflowSnapshot?, to now: WorkflowSnapshot, width: Int) -> [String] {
    let seconds = earlier.map { ($0.time.duration(to: now.time)).inSeconds } ?? 0
    let before = Dictionary(
      (earlier?.stages ?? []).map { ($0.name, $0.ended) }, uniquingKeysWith: { first, _ in first })
    var rows = now.stages.map { stage in
      let rate = seconds > 0 ? Double(stage.ended - (before[stage.name] ?? 0)) / seconds : 0
      return row(stage, rate)
    }
    let rate = seconds > 0 ? Double(now.completedRuns - (earlier?.completedRuns ?? 0)) / seconds : 0
    rows.append(summary(now, rate))
    return aligned(rows).map { String($0.prefix(max(width, 1))) }
  }

  /// A line's cells: its name, what is done, what is under way, the rate, and how long the rest takes.
  private typealias Row = [String]

  private func row(_ stage: WorkflowSnapshot.Stage, _ rate: Double) -> Row {
    // Items of maps are more than runs, and nobody knows how many.
    let expected = stage.isMapped ? nil : total
    var load = ["\(stage.running) running", "\(stage.waiting) waiting"]
    if stage.delayed > 0 { load.append("\(stage.delayed) delayed") }
    if stage.failed > 0 { load.append("\(stage.failed) failed") }
    return [
      stage.name, share(stage.ended, of: expected), load.joined(separator: ", "), Self.text(rate: rate),
      left(stage.ended, of: expected, rate),
    ]
  }

  private func summary(_ now: WorkflowSnapshot, _ rate: Double) -> Row {
    var load = ["\(now.unfinishedRuns) under way"]
    if now.failedRuns > 0 { load.append("\(now.failedRuns) failed") }
    return [
      "runs", share(now.completedRuns, of: total), load.joined(separator: ", "), Self.text(rate: rate),
      left(now.completedRuns, of: total, rate),
    ]
  }

  private func share(_ count: Int, of expected: Int?) -> String { expected.map { "\(count)/\($0)" } ?? "\(count)" }

  private func left(_ count: Int, of expected: Int?, _ rate: Double) -> String {
    guard let expected, count < expected, rate > 0 else { return "" }
    return Self.text(left: Double(expected - count) / rate)
  }

  /// The first column is words and starts at its left; numbers end at their right.
  private func aligned(_ rows: [Row]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 || column == 2 ? row[column] + gap : gap + row[column]
      }
      let line = cells.joined(separator: "  ")
      return String(line.dropLast(line.reversed().prefix { $0 == " " }.count))
    }
  }

  /// `12.3/s`; `42/min` where it is less than one a second; nothing where nothing moves.
  static func text(rate: Double) -> String {
    if rate <= 0 { return "" }
    if rate < 1 { return "\(tenths(rate * 60))/min" }
    return rate < 100 ? "\(tenths(rate))/s" : "\(Int(rate.rounded()))/s"
  }

  private static func tenths(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// `9 s left`, `4 min left`, `3 h left`.
  static func text(left seconds: Double) -> String {
    if seconds < 90 { return "\(Int(seconds.rounded(.up))) s left" }
    if seconds < 90 * 60 { return "\(Int((seconds / 60).rounded())) min left" }
    let hours = (seconds / 3_600).rounded()
    return hours < 1_000 ? "\(Int(hours)) h left" : "long"
  }
}

extension Duration {
  fileprivate func duration(to later: Duration) -> Duration { later - self }
  fileprivate var inSeconds: Double { self / .seconds(1) }
}
