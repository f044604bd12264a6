/// A value that only one thread touches at a time.
///
/// ```swift
/// let counts = Locked([String: Int]())
/// counts.withLock { $0["asr", default: 0] += 1 }
/// ```
/// A copy is the same lock and the same value, so it can be handed to any number of tasks.
///
/// It stands in for `Synchronization.Mutex`, which on Linux in Swift 6.3 is slow under contention
/// (swiftlang/swift#88440) and makes the thread sanitizer report races that are none. The sanitizer knows
/// `pthread_mutex`, so what it reports here is real.
///
/// Keep the body short: decide under the lock, act after it. Never resume a continuation, cancel a task or call a
/// user's code inside. Taking the lock again on the same thread stops the program in a debug build (on Darwin in
/// every build), instead of hanging.
///
/// Cost: one allocation, which holds the lock and the value side by side; about 10 ns when uncontended.
///
/// Inlinable, because the cache's code is specialised in its user's module, and takes a lock there.
@usableFromInline package struct Locked<Value: ~Copyable> {
  @usableFromInline let storage: LockedStorage<Value>

  package init(_ initial: consuming sending Value) {
    storage = LockedStorage<Value>.make(initial)
  }

  /// Runs `body` with the value, alone.
  ///
  /// Blocks the calling thread while another holds the lock. Rethrows what `body` throws; the value then keeps what
  /// was done to it so far.
  @inlinable package func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    storage.lock()
    defer { storage.unlock() }
    // Alone behind the lock, so the reference is exclusive; `storage` outlives it.
    return unsafe try body(&storage.value.pointee)
  }
}

// Unchecked: the lock is what makes it safe. The value came in as `sending`, and only `sending` parts leave.
extension Locked: @unchecked Sendable where Value: ~Copyable {}

/// The lock and, behind it in the same allocation, the value.
///
/// Neither can be a stored property: `&property` is an exclusive access, which two threads must not have at once,
/// and nothing promises that it always gives the same address.
@safe @usableFromInline final class LockedStorage<Value: ~Copyable>: ManagedBuffer<PlatformLock.Primitive, Value> {
  static func make(_ initial: consuming sending Value) -> LockedStorage<Value> {
    let made = unsafe create(minimumCapacity: 1) { _ in unsafe PlatformLock.blank }
    let storage = unsafe unsafeDowncast(made, to: LockedStorage<Value>.self)  // `create` makes one of its own class
    unsafe storage.value.initialize(to: initial)
    unsafe storage.platform.prepare()
    return storage
  }

  deinit {
    unsafe platform.destroy()
    unsafe value.deinitialize(count: 1)
  }

  // Both pointers are into this object's own memory, which stays where it is for as long as the object lives.
  @inlinable var value: UnsafeMutablePointer<Value> { unsafe withUnsafeMutablePointerToElements { unsafe $0 } }
  @inlinable var platform: PlatformLock {
    unsafe PlatformLock(primitive: withUnsafeMutablePointerToHeader { unsafe $0 })
  }

  @inlinable func lock() { unsafe platform.lock() }
  @inlinable func unlock() { unsafe platform.unlock() }
}
