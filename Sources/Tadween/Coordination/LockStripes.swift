/// A few locks for many values: what exists by the million and is touched for moments needs no lock of its own, neither
/// its memory nor its making.
///
/// A value always uses the same lock. Two values may share one, so a body must never ask for another stripe. What
/// ``Locked`` says of its bodies holds here too.
@safe final class LockStripes: @unchecked Sendable {  // immutable but for the locks themselves
  private static let count = 64
  /// One a cache line, so that neighbours do not slow each other down.
  private static let lineBytes = 64

  private let memory: UnsafeMutableRawPointer

  init() {
    unsafe memory = UnsafeMutableRawPointer.allocate(
      byteCount: Self.count * Self.lineBytes, alignment: Self.lineBytes)
    for stripe in 0..<Self.count {
      let lock = unsafe self[stripe]
      unsafe lock.primitive.initialize(to: PlatformLock.blank)
      unsafe lock.prepare()
    }
  }

  deinit {
    for stripe in 0..<Self.count { unsafe self[stripe].destroy() }
    unsafe memory.deallocate()
  }

  private subscript(number: Int) -> PlatformLock {
    let address = unsafe memory + (number & (Self.count - 1)) * Self.lineBytes
    return unsafe PlatformLock(primitive: address.assumingMemoryBound(to: PlatformLock.Primitive.self))
  }

  /// Runs `body` alone among all that use the same number, modulo 64.
  func withLock<Result>(_ number: Int, _ body: () -> Result) -> Result {
    let lock = unsafe self[number]
    unsafe lock.lock()
    defer { unsafe lock.unlock() }
    return body()
  }
}
