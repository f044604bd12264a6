import DurabilityTesting

/// Runs are complete.
extension TortureHistory {
  mutating func complete(_ end: TortureEnd) {
    let name = "run \(end.number)"
    if let known = runs[end.number]?.id, known != end.run {
      report("\(name) was lost: it was acknowledged as \(known), and is complete as \(end.run)")
    }
    if let known = runs[end.number]?.end {
      if !known.agrees(with: end) { report("\(name) has ended twice: \(known), and then \(end)") }
      return
    }
    runs[end.number, default: TortureRun()].id = end.run
    runs[end.number]?.end = end
    for place in (runs[end.number]?.work ?? [:]).keys { record(end.number, place, attempt: .max) }
    check(end, name)
  }

  private mutating func check(_ end: TortureEnd, _ name: String) {
    let plan = TorturePlan(end.number)
    let crashed = end.crashed
    for place in crashed { checkCrash(of: place, end.number) }
    for failure in end.failures + end.absorbed where !failure.hasPrefix("crashed@") {
      let parts = failure.split(separator: "@")
      let place = parts.count == 2 && parts[0] == "handler" ? TorturePlace(text: parts[1]) : nil
      if place.map({ plan.failures(at: $0) != nil }) ?? true { report("\(name) has failed of \(failure)") }
    }
    switch end.outcome {
    case "succeeded":
      let branchCrashed = crashed.contains { [.fragile, .sound, .mend].contains($0.stage) }
      let expected = plan.output(branchCrashed: branchCrashed)
      if end.output != expected { report("\(name) gave \(end.output) instead of \(expected)") }
      let calls = runs[end.number]?.work[TorturePlace(.end)]?.calls ?? []
      if !calls.contains(where: { $0.result == "ok" }) { report("\(name) is complete before its end was done") }
    case "failed":
      // Only of crashes.
      if crashed.isEmpty { report("\(name) has failed of \(end.failures)") }
    default: report("\(name) has ended \(end.outcome)")
    }
  }

  /// Rule R11: it ends failed after three deaths. The log does not show the one of a process that was killed after the work
  /// was marked and before its handler had said so.
  private mutating func checkCrash(of place: TorturePlace, _ number: Int) {
    let deaths = Set((runs[number]?.work[place]?.calls ?? []).map(\.process)).count
    if deaths < 2 || deaths > 3 + TorturePlan.attempts {
      report("run \(number), \(place) has ended crashed, though \(deaths) processes had begun it")
    }
  }
}
