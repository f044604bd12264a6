/// Which task of its runner: counted from 1, in the order of submission.
public struct TaskID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let number: UInt64

  public var description: String { "#\(number)" }

  public static func < (left: TaskID, right: TaskID) -> Bool { left.number < right.number }
}

/// Where a task stands. It moves forward only, and the last three are final.
public enum TaskStatus: String, Hashable, Sendable, CustomStringConvertible {
  /// Not started yet.
  case waiting
  /// A worker executes it.
  case running
  /// It returned a value, also where it was asked to cancel before.
  case succeeded
  /// It threw an error without having been asked to cancel.
  case failed
  /// It was cancelled before it started, or threw after it was asked to cancel.
  case cancelled

  public var description: String { rawValue }
  /// Whether nothing can change it any more.
  public var isFinal: Bool { self != .waiting && self != .running }
}

/// What ``TaskRunner/submit(name:_:)`` gives back: the claim to one result.
///
/// The result lives as long as its ticket does. The runner itself keeps only what is waiting or running, so that its
/// memory does not grow with the number of tasks it has seen: drop the ticket, and whatever the task returned goes
/// too (the task itself runs on).
public struct TaskTicket<Value: Sendable>: Sendable, Identifiable {
  public let id: TaskID

  /// The name it was submitted with.
  public var name: String? { record.name }

  let record: TaskRecord<Value>

  init(_ record: TaskRecord<Value>) {
    id = record.id
    self.record = record
  }
}
