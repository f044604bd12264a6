#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A value that only one thread touches at a time, and for whose change a thread can sleep.
///
/// For threads of our own. A task must never wait here: it would take a thread from the cooperative pool.
/// A copy is the same monitor. Otherwise it behaves as ``Locked`` does.
package struct Monitor<Value> {
  private let storage: MonitorStorage<Value>

  package init(_ initial: sending Value) {
    storage = MonitorStorage<Value>.make(initial)
  }

  /// Runs `body` with the value, alone. To wake a sleeper, call ``wakeOne()`` or ``wakeAll()`` afterwards.
  package func withLock<Result, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    storage.lock()
    defer { storage.unlock() }
    return unsafe try body(&storage.value.pointee)
  }

  /// Sleeps until `body`, asked again at each wake-up and always alone, gives an answer.
  package func wait<Result>(_ body: (inout sending Value) -> sending Result?) -> sending Result {
    storage.lock()
    defer { storage.unlock() }
    while true {
      if let result = unsafe body(&storage.value.pointee) { return result }
      storage.sleep()
    }
  }

  package func wakeOne() { storage.wakeOne() }
  package func wakeAll() { storage.wakeAll() }
}

// Unchecked: the lock is what makes it safe. The value came in as `sending`, and only `sending` parts leave.
extension Monitor: @unchecked Sendable {}

// Unsafe: worth something only at an address of its own, and after `pthread_…_init`.
@unsafe private struct Primitives {
  var mutex = unsafe pthread_mutex_t()
  var condition = pthread_cond_t()
}

/// The lock, the condition and the value in one allocation, at addresses that do not change.
@safe private final class MonitorStorage<Value>: ManagedBuffer<Primitives, Value> {
  static func make(_ initial: sending Value) -> MonitorStorage<Value> {
    let made = unsafe create(minimumCapacity: 1) { _ in unsafe Primitives() }
    let storage = unsafe unsafeDowncast(made, to: MonitorStorage<Value>.self)  // `create` makes one of its own class
    unsafe storage.value.initialize(to: initial)
    let codes = unsafe (pthread_mutex_init(storage.mutex, nil), pthread_cond_init(storage.condition, nil))
    precondition(codes == (0, 0), "a monitor could not be made (pthread errors \(codes))")
    return storage
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe value.deinitialize(count: 1)
  }

  // All three pointers are into this object's own memory, which stays where it is for as long as the object lives.
  var value: UnsafeMutablePointer<Value> { unsafe withUnsafeMutablePointerToElements { unsafe $0 } }
  private var mutex: UnsafeMutablePointer<pthread_mutex_t> {
    unsafe withUnsafeMutablePointerToHeader { unsafe $0.pointer(to: \.mutex)! }  // a stored property has an address
  }
  private var condition: UnsafeMutablePointer<pthread_cond_t> {
    unsafe withUnsafeMutablePointerToHeader { unsafe $0.pointer(to: \.condition)! }  // likewise
  }

  func lock() { check(unsafe pthread_mutex_lock(mutex)) }
  func unlock() { check(unsafe pthread_mutex_unlock(mutex)) }
  func sleep() { check(unsafe pthread_cond_wait(condition, mutex)) }
  func wakeOne() { check(unsafe pthread_cond_signal(condition)) }
  func wakeAll() { check(unsafe pthread_cond_broadcast(condition)) }

  private func check(_ code: CInt) {
    precondition(code == 0, "a monitor was misused (pthread error \(code))")
  }
}
