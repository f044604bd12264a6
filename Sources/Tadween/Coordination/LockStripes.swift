/// A few locks for many values: what exists by the million and is touched for moments needs no lock of its own, neither
/// its memory nor its making.
///
/// An object always uses the same lock. Two objects may share one, so a body must never ask for another's. What
/// ``Locked`` says of its bodies holds here too.
@safe final class LockStripes: @unchecked Sendable {  // immutable but for the locks themselves
  /// As many as six bits can tell apart.
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

  private subscript(stripe: Int) -> PlatformLock {
    let address = unsafe memory + stripe * Self.lineBytes
    return unsafe PlatformLock(primitive: address.assumingMemoryBound(to: PlatformLock.Primitive.self))
  }

  /// Runs `body` alone among all that name the same object.
  func withLock<Result>(of object: AnyObject, _ body: () -> Result) -> Result {
    // Objects lie at least 16 bytes apart, mostly more; the multiplication (by 2⁶⁴ over the golden ratio) spreads them.
    let address = UInt(bitPattern: ObjectIdentifier(object))
    let lock = unsafe self[Int((address &* 0x9e37_79b9_7f4a_7c15) >> 58)]
    unsafe lock.lock()
    defer { unsafe lock.unlock() }
    return body()
  }
}
