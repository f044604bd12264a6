#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A thread, by a number that is its own for as long as it lives.
struct ThreadNumber: Hashable, Sendable {
  private let number: UInt

  static var current: ThreadNumber {
    #if canImport(Darwin)
      ThreadNumber(number: UInt(bitPattern: pthread_self()))
    #else
      ThreadNumber(number: UInt(pthread_self()))
    #endif
  }
}

/// The time in which one thread has a bucket to itself, outside the cache's lock; others wait for its end.
///
/// `isOver` is behind the cache's lock, the rest does not change.
@safe @usableFromInline final class CacheHold: @unchecked Sendable {  // changes under the cache's lock
  let holder = ThreadNumber.current
  /// Read and set under the cache's lock.
  var isOver = false
  private let lock: PlatformLock

  /// Begins.
  @usableFromInline init() {
    let primitive = UnsafeMutablePointer<PlatformLock.Primitive>.allocate(capacity: 1)
    unsafe primitive.initialize(to: PlatformLock.blank)
    unsafe lock = PlatformLock(primitive: primitive)
    unsafe lock.prepare()
    unsafe lock.lock()
  }

  deinit {
    unsafe lock.destroy()
    unsafe lock.primitive.deallocate()
  }

  /// Called once, by the holder.
  @usableFromInline func end() { unsafe lock.unlock() }

  /// Blocks until it has ended.
  @usableFromInline func wait() {
    unsafe lock.lock()
    unsafe lock.unlock()
  }
}
