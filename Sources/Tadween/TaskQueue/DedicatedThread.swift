package import TadweenCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A thread of the system, to be joined or detached exactly once.
@safe package struct DedicatedThread: Sendable {
  #if canImport(Darwin)
    // Unchecked: an address that names a thread; it is only ever handed back to the system.
    nonisolated(unsafe) private let handle: pthread_t
  #else
    private let handle: pthread_t
  #endif

  /// 8 MiB, as on the main thread: elsewhere the default is as little as 512 KiB (macOS) or 128 KiB (musl), which
  /// model runtimes overrun. Only what is touched takes memory.
  private static let stackBytes = 8 << 20

  /// Starts a thread that runs `body` and ends.
  ///
  /// - Throws: ``TadweenError/Code/cannotStart`` if the system has no thread to give.
  package static func start(_ body: @escaping @Sendable () -> Void) throws(TadweenError) -> DedicatedThread {
    let work = unsafe Unmanaged.passRetained(Work(body))
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, stackBytes)
    #if canImport(Darwin)
      var made: pthread_t?
    #else
      var made = pthread_t()
    #endif
    // The new thread takes over the reference that `work` holds.
    let code = unsafe pthread_create(&made, &attributes, enter, work.toOpaque())
    guard code == 0 else {
      unsafe work.release()
      throw TadweenError(.cannotStart, "The system refused a thread (error \(code)).")
    }
    #if canImport(Darwin)
      return DedicatedThread(handle: made!)  // set where the code is 0
    #else
      return DedicatedThread(handle: made)
    #endif
  }

  /// Waits until the thread has ended. Blocks.
  func join() {
    #if canImport(Darwin)
      unsafe pthread_join(handle, nil)
    #else
      pthread_join(handle, nil)
    #endif
  }

  /// Lets the thread end by itself.
  package func detach() {
    #if canImport(Darwin)
      unsafe pthread_detach(handle)
    #else
      pthread_detach(handle)
    #endif
  }
}

private final class Work: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

#if canImport(Darwin)
  private let enter: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { context in
    unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
    return nil
  }
#else
  private let enter: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
    unsafe Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().body()  // always passed, see `start`
    return nil
  }
#endif
