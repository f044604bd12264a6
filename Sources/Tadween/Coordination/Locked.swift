#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A value that only one thread touches at a time.
///
/// ```swift
/// let counts = Locked([String: Int]())
/// counts.withLock { $0["asr", default: 0] += 1 }
/// ```
/// It stands in for `Synchronization.Mutex`, which on Linux in Swift 6.3 is slow under contention
/// (swiftlang/swift#88440) and makes the thread sanitizer report races that are none. The sanitizer knows
/// `pthread_mutex`, so what it reports here is real.
///
/// Keep the body short: decide under the lock, act after it. Never resume a continuation, cancel a task or call a
/// user's code inside. Taking the lock again on the same thread stops the program in a debug build (on Darwin in
/// every build).
///
/// Cost: one allocation, which holds the lock and the value side by side; about 20 ns when uncontended.
@safe package struct Locked<Value: ~Copyable>: ~Copyable {
  #if canImport(Darwin)
    private typealias Primitive = os_unfair_lock_s
  #else
    private typealias Primitive = pthread_mutex_t
  #endif

  // Neither can be a stored property: its address must stay the same, and `&property` would be a read and a write
  // of it, which exclusive access forbids on two threads at once.
  private let primitive: UnsafeMutablePointer<Primitive>
  private let value: UnsafeMutablePointer<Value>

  package init(_ initial: consuming sending Value) {
    let alignment = unsafe max(MemoryLayout<Primitive>.alignment, MemoryLayout<Value>.alignment)
    let mask = MemoryLayout<Value>.alignment - 1
    let offset = unsafe (MemoryLayout<Primitive>.size + mask) & ~mask
    let block = UnsafeMutableRawPointer.allocate(byteCount: offset + MemoryLayout<Value>.size, alignment: alignment)
    // The block is fresh, large enough for both, and aligned for the stricter of them.
    unsafe primitive = unsafe block.bindMemory(to: Primitive.self, capacity: 1)
    unsafe value = unsafe (block + offset).bindMemory(to: Value.self, capacity: 1)
    unsafe value.initialize(to: initial)
    #if canImport(Darwin)
      unsafe primitive.initialize(to: Primitive())
    #else
      unsafe Self.makeMutex(at: primitive)
    #endif
  }

  deinit {
    #if !canImport(Darwin)
      unsafe pthread_mutex_destroy(primitive)
    #endif
    unsafe value.deinitialize(count: 1)
    // The lock stands at the start of the block that was allocated.
    unsafe UnsafeMutableRawPointer(primitive).deallocate()
  }

  /// Runs `body` with the value, alone.
  ///
  /// Blocks the calling thread while another holds the lock. Rethrows what `body` throws; the value then keeps what
  /// was done to it so far.
  package borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    lock()
    defer { unlock() }
    // Alone behind the lock, so the reference is exclusive.
    return unsafe try body(&value.pointee)
  }

  private borrowing func lock() {
    #if canImport(Darwin)
      unsafe os_unfair_lock_lock(primitive)
    #else
      let code = unsafe pthread_mutex_lock(primitive)
      precondition(code == 0, "a lock was taken twice by one thread (pthread error \(code))")
    #endif
  }

  private borrowing func unlock() {
    #if canImport(Darwin)
      unsafe os_unfair_lock_unlock(primitive)
    #else
      let code = unsafe pthread_mutex_unlock(primitive)
      precondition(code == 0, "a lock was given back by a thread that does not hold it (pthread error \(code))")
    #endif
  }

  #if !canImport(Darwin)
    @unsafe private static func makeMutex(at primitive: UnsafeMutablePointer<pthread_mutex_t>) {
      unsafe primitive.initialize(to: pthread_mutex_t())
      var attributes = pthread_mutexattr_t()
      unsafe pthread_mutexattr_init(&attributes)
      defer { unsafe pthread_mutexattr_destroy(&attributes) }
      #if DEBUG
        // Finds a lock taken twice, which would hang.
        unsafe pthread_mutexattr_settype(&attributes, .init(PTHREAD_MUTEX_ERRORCHECK))
      #endif
      let code = unsafe pthread_mutex_init(primitive, &attributes)
      precondition(code == 0, "a lock could not be made (pthread error \(code))")
    }
  #endif
}

// Unchecked: the lock is what makes it safe. The value came in as `sending`, and only `sending` parts leave.
extension Locked: @unchecked Sendable where Value: ~Copyable {}
