internal import TadweenCore

/// What has come to a stage and gone since its workflow was built. Part of the state behind the stage's lock.
struct StageTally: Hashable, Sendable {
  var received = 0
  var succeeded = 0
  var failed = 0
  var retried = 0
  var notTaken = 0
  var cancelled = 0

  /// How attempts ended.
  init(_ transitions: [Transition] = []) {
    for transition in transitions { count(transition.ending, 1) }
  }

  /// How attempts ended that a broker has looked at: it may refuse some, and cut others short.
  init(_ transitions: [Transition], _ result: CommitResult) {
    self.init(transitions)
    for position in result.stale { count(transitions[position].ending, -1) }
    for position in result.cut {
      count(transitions[position].ending, -1)
      cancelled += 1
    }
  }

  private mutating func count(_ ending: Ending, _ change: Int) {
    switch ending {
    case .succeeded: succeeded += change
    case .failed: failed += change
    case .retried: retried += change
    // It has not ended, and nothing is made again.
    case .parked: break
    case .notTaken: notTaken += change
    case .cancelled: cancelled += change
    }
  }

  static func += (tally: inout StageTally, other: StageTally) {
    tally.received += other.received
    tally.succeeded += other.succeeded
    tally.failed += other.failed
    tally.retried += other.retried
    tally.notTaken += other.notTaken
    tally.cancelled += other.cancelled
  }

  static func -= (tally: inout StageTally, other: StageTally) {
    tally.received -= other.received
    tally.succeeded -= other.succeeded
    tally.failed -= other.failed
    tally.retried -= other.retried
    tally.notTaken -= other.notTaken
    tally.cancelled -= other.cancelled
  }
}
