internal import Synchronization
internal import TadweenCore

/// Fresh message ids: a sequence from a random start, because a random number for each would cost a system call.
final class MessageIDSequence: Sendable {
  private let start = RunID.random()
  private let count = Atomic<UInt64>(0)

  func next() -> MessageID {
    MessageID(high: start.high, low: start.low &+ count.add(1, ordering: .relaxed).oldValue)
  }
}
