#if canImport(Darwin)
  public import Darwin
#elseif canImport(Glibc)
  public import Glibc
#elseif canImport(Musl)
  public import Musl
#endif

/// The system's own lock, at an address of its own.
@unsafe @usableFromInline struct PlatformLock {
  #if canImport(Darwin)
    @usableFromInline typealias Primitive = os_unfair_lock_s
  #else
    @usableFromInline typealias Primitive = pthread_mutex_t
  #endif

  let primitive: UnsafeMutablePointer<Primitive>

  @usableFromInline init(primitive: UnsafeMutablePointer<Primitive>) { unsafe self.primitive = primitive }

  static var blank: Primitive { unsafe Primitive() }

  #if canImport(Darwin)
    func prepare() {}
    func destroy() {}
    @usableFromInline func lock() { unsafe os_unfair_lock_lock(primitive) }
    @usableFromInline func unlock() { unsafe os_unfair_lock_unlock(primitive) }
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

    @usableFromInline func lock() {
      let code = unsafe pthread_mutex_lock(primitive)
      precondition(code == 0, "a lock was taken twice by one thread (pthread error \(code))")
    }

    @usableFromInline func unlock() {
      let code = unsafe pthread_mutex_unlock(primitive)
      precondition(code == 0, "a lock was given back by a thread that does not hold it (pthread error \(code))")
    }
  #endif
}
