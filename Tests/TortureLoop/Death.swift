import Foundation
import Tadween
import TadweenSQLite

/// How the process is to die. It kills itself, with the signal that nobody can catch: from outside, the time until the
/// process has begun would hide the moments that matter.
///
///     none
///     time MICROSECONDS                             so long after it began
///     point NAME COUNT MICROSECONDS MICROSECONDS    so long after the broker came to this point for so many times; or, at
///                                                   the latest, the second time after the process began
enum Death: Sendable {
  case none
  case time(UInt32)
  case point(Failpoint, count: Int, delay: UInt32, latest: UInt32)

  init?(_ words: [String]) {
    let numbers = words.compactMap { UInt32($0) }
    switch (words.first, numbers.count) {
    case ("none", 0): self = .none
    case ("time", 1): self = .time(numbers[0])
    case ("point", 3):
      guard let point = Failpoint(rawValue: words[1]) else { return nil }
      self = .point(point, count: Int(numbers[0]), delay: numbers[1], latest: numbers[2])
    default: return nil
    }
  }

  /// On a thread, for whatever the program does, and not asked. In real time, for a kill knows no other.
  func prepare() {
    switch self {
    case .none: break
    case .time(let delay), .point(_, _, _, let delay):
      Thread.detachNewThread { Self.die(after: delay) }
    }
  }

  /// Whoever comes to the point stands there until the process dies, and the others go on: so it is seen whether they know of
  /// something that is not yet so.
  var failpoint: (@Sendable (Failpoint) throws -> Void)? {
    guard case .point(let deadly, let count, let delay, _) = self else { return nil }
    let passed = Locked(0)
    return { point in
      guard point == deadly else { return }
      let isDue = passed.withLock { passed in
        passed += 1
        return passed == count
      }
      if isDue { Self.die(after: delay) }
    }
  }

  private static func die(after delay: UInt32) {
    usleep(delay)
    kill(getpid(), SIGKILL)
  }
}
