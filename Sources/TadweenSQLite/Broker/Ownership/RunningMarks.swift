internal import Foundation
internal import Synchronization
internal import Tadween

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Says what runs, so that it is known after the process has died (rule R11).
///
/// The marks lie in the owner's file, mapped into memory: setting one is a few stores, and what a process has stored stays in
/// the file when the process is killed. After a loss of power the file may say anything of the last moments; a mark that names
/// nothing that is open is passed over, and one that is missing costs the count of one crash.
@safe final class RunningMarks: Sendable {
  /// A mark's place.
  struct Mark: Sendable {
    fileprivate let address: UInt
  }

  /// What a mark says, for the next process.
  struct Record: Hashable {
    let run: Int64
    let stage: Int64
    let scope: UInt64
    let generation: UInt32
    let attempt: UInt32
    let number: UInt32

    init(_ run: Int64, _ key: DeliveryKey, _ stages: StageNumbers) {
      (self.run, stage, scope) = (run, stages[key.activation.stage], key.activation.scope.digest)
      (generation, attempt, number) = (key.generation, key.attempt, key.number)
    }

    fileprivate init(run: Int64, stage: Int64, scope: UInt64, generation: UInt32, attempt: UInt32, number: UInt32) {
      (self.run, self.stage, self.scope) = (run, stage, scope)
      (self.generation, self.attempt, self.number) = (generation, attempt, number)
    }
  }

  private struct State {
    var free: [UInt] = []
    var chunks: [UInt] = []
    /// Then the file is the next owner's.
    var isClosed = false
  }

  private static let size = 48
  private static let perChunk = 4096
  private static var chunkSize: Int { size * perChunk }
  private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

  private let owner: DatabaseOwner
  private let stages: StageNumbers
  private let state = Locked(State())

  /// Starts with nothing marked.
  init(_ owner: DatabaseOwner, _ stages: StageNumbers) throws {
    (self.owner, self.stages) = (owner, stages)
    ftruncate(owner.descriptor, off_t(DatabaseOwner.headerSize))
    let hasRoom = state.withLock { grow(&$0) }
    if hasRoom { return }
    throw TadweenError(
      .repositoryFailed,
      "\"\(owner.path)\" cannot be made \(Self.chunkSize) bytes long: see whether its disk has room. (\(unsafe String(cString: strerror(errno))))"
    )
  }

  deinit { close() }

  /// - Returns: nil where the disk has no room for one more.
  func set(_ run: Int64, _ key: DeliveryKey) -> Mark? {
    let record = Record(run, key, stages)
    return state.withLock { state in
      if state.isClosed || state.free.isEmpty && !grow(&state) { return nil }
      guard let address = state.free.popLast() else { return nil }
      store(record, at: address)
      return Mark(address: address)
    }
  }

  private func store(_ record: Record, at address: UInt) {
    guard let place = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return }
    unsafe place.storeBytes(of: record.stage, toByteOffset: 8, as: Int64.self)
    unsafe place.storeBytes(of: record.scope, toByteOffset: 16, as: UInt64.self)
    unsafe place.storeBytes(of: record.generation, toByteOffset: 24, as: UInt32.self)
    unsafe place.storeBytes(of: record.attempt, toByteOffset: 28, as: UInt32.self)
    unsafe place.storeBytes(of: record.number, toByteOffset: 32, as: UInt32.self)
    // Last: a process may die between any two stores, and a mark counts once it has a run.
    atomicMemoryFence(ordering: .releasing)
    unsafe place.storeBytes(of: record.run, as: Int64.self)
  }

  func clear(_ mark: Mark) {
    state.withLock { state in
      if state.isClosed { return }
      unsafe UnsafeMutableRawPointer(bitPattern: mark.address)?.storeBytes(of: 0, as: Int64.self)
      state.free.append(mark.address)
    }
  }

  /// Marks no more, and lets another one have the file. What is marked still runs: for the next owner it has crashed.
  func close() {
    state.withLock { state in
      for chunk in state.chunks {
        let before = Int(chunk) % Self.pageSize
        unsafe munmap(UnsafeMutableRawPointer(bitPattern: chunk - UInt(before)), Self.chunkSize + before)
      }
      state.chunks = []
      state.isClosed = true
    }
    owner.shut()
  }

  /// The room is taken from the disk at once: a store into a file that has none would stop the process.
  private func grow(_ state: inout State) -> Bool {
    let offset = DatabaseOwner.headerSize + state.chunks.count * Self.chunkSize
    #if canImport(Darwin)
      guard (try? owner.write(Data(count: Self.chunkSize), at: offset)) != nil else { return false }
    #else
      let refusal = posix_fallocate(owner.descriptor, off_t(offset), off_t(Self.chunkSize))
      if refusal != 0 {
        errno = refusal
        return false
      }
    #endif
    // From the beginning of a page, which on some systems is longer than the header.
    let before = offset % Self.pageSize
    let mapped = unsafe mmap(
      nil, Self.chunkSize + before, PROT_READ | PROT_WRITE, MAP_SHARED, owner.descriptor, off_t(offset - before))
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { return false }
    let start = UInt(bitPattern: mapped) + UInt(before)
    state.chunks.append(start)
    state.free += (0..<Self.perChunk).reversed().map { start + UInt($0 * Self.size) }
    return true
  }

  /// What the process before marked, as it left it.
  static func records(in contents: Data) -> Set<Record> {
    var records: Set<Record> = []
    unsafe contents.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count - size + 1, by: size) {
        let run = unsafe bytes.loadUnaligned(fromByteOffset: start, as: Int64.self)
        if run == 0 { continue }
        records.insert(
          Record(
            run: run, stage: unsafe bytes.loadUnaligned(fromByteOffset: start + 8, as: Int64.self),
            scope: unsafe bytes.loadUnaligned(fromByteOffset: start + 16, as: UInt64.self),
            generation: unsafe bytes.loadUnaligned(fromByteOffset: start + 24, as: UInt32.self),
            attempt: unsafe bytes.loadUnaligned(fromByteOffset: start + 28, as: UInt32.self),
            number: unsafe bytes.loadUnaligned(fromByteOffset: start + 32, as: UInt32.self)))
      }
    }
    return records
  }
}

extension ScopePath {
  /// Tells the items of a map apart, whatever program asks.
  fileprivate var digest: UInt64 {
    var mixer = Mixer()
    for index in indices { mixer.combine(UInt64(index)) }
    return mixer.low
  }
}
