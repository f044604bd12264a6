import Foundation

/// All results together: what the totals are taken of, and what `transcripts.json` holds.
struct Report {
  var results: [RecordingResult]
  /// The recordings that have no result, because the program was stopped.
  var rest: [Recording] = []
  /// How many had a transcript before.
  var known = 0

  /// The recordings that were not transcribed.
  var failures: [Recording] {
    results.filter { (try? $0.outcome.get()) == nil }.map(\.recording)
  }

  /// The word error rate of each corpus, then how many recordings there are.
  var summary: String {
    let scores = results.compactMap { try? $0.outcome.get().score }
    let totals = Dictionary(grouping: scores, by: \.corpus).sorted { $0.key < $1.key }.map { corpus, scores in
      let total = scores.map(\.wordErrors).reduce(.none, +)
      let rate = total.rate.map { String(format: "%.1f %%", $0 * 100) } ?? "-"
      return "\(corpus): word error rate \(rate) "
        + "(\(counted(total.count, "error")) in \(counted(total.referenceWords, "word")), "
        + "\(counted(scores.count, "recording")))"
    }
    let left = rest.isEmpty ? "" : ", \(rest.count) left"
    let stored = known == 0 ? "" : " (\(known) before)"
    return (totals + ["\(results.count - failures.count) transcribed\(stored), \(failures.count) failed\(left)"])
      .joined(separator: "\n")
  }

  /// One object a recording, in the order of the table; the same results give the same bytes.
  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(results.map(ReportEntry.init)) + Data("\n".utf8)
  }
}

private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
