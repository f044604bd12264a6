internal import Synchronization

/// True for the first who asks.
final class OpenOnce: Sendable {
  private let wasAsked = Atomic<Bool>(false)
  func first() -> Bool { !wasAsked.exchange(true, ordering: .relaxed) }
}
