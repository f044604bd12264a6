internal import Synchronization
internal import TadweenCore

/// How many runs were completed since the workflow was built.
final class RunTally: Sendable {
  private let completed = Atomic<Int>(0)
  private let failed = Atomic<Int>(0)

  var counts: (completed: Int, failed: Int) {
    (completed.load(ordering: .relaxed), failed.load(ordering: .relaxed))
  }

  func count(_ ends: [RunEnd]) {
    completed.add(ends.count, ordering: .relaxed)
    let failures = ends.count { if case .failed = $0.outcome { true } else { false } }
    if failures > 0 { failed.add(failures, ordering: .relaxed) }
  }
}
