#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The system's own lock, at an address of its own.
@unsafe struct PlatformLock {
  #if canImport(Darwin)
    typealias Primitive = os_unfair_lock_s
  #else
    typealias Primitive = pthread_mutex_t
  #endif

  let primitive: UnsafeMutablePointer<Primitive>

  static var blank: Primitive { unsafe Primitive() }

  #if canImport(Darwin)
    func prepare() {}
    func destroy() {}
    func lock() { unsafe os_unfair_lock_lock(primitive) }
    func unlock() { unsafe os_unfair_lock_unlock(primitive) }
  #else
    func prepare() {
      var attributes = pthread_mutexattr_t()
      unsafe pthread_mutexattr_init(&attributes)
      defer { unsafe pthread_mutexattr_destroy(&attributes) }
      #if DEBUG
        unsafe pthread_mutexattr_settype(&attributes, .init(PTHREAD_MUTEX_ERRORCHECK))
      #endif
      let code = unsafe pthread_mutex_init(primitive, &attributes)
      precondition(code == 0, "a lock could not be made (pthread error \(code))")
    }

    func destroy() { unsafe pthread_mutex_destroy(primitive) }

    func lock() {
      let code = unsafe pthread_mutex_lock(primitive)
      precondition(code == 0, "a lock was taken twice by one thread (pthread error \(code))")
    }

    func unlock() {
      let code = unsafe pthread_mutex_unlock(primitive)
      precondition(code == 0, "a lock was given back by a thread that does not hold it (pthread error \(code))")
    }
  #endif
}
