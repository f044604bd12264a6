public import Foundation
internal import GRDBSQLite
internal import Tadween

/// A disk in memory for SQLite, which can lose power, refuse, and lie.
///
/// ```swift
/// let disk = LosingDisk()
/// let recordings = try SQLiteRepository<Recording>(path: disk.path("recordings.sqlite"))
/// disk.losePower(at: disk.log.count + 10)
/// try? await recordings.save(recording)
/// try disk.afterLoss(&random, in: folder)      // files as they may be when the power is back
/// ```
/// SQLite finds it by the path, which names a VFS of this process. WAL works as on a real disk, between all connections to it.
public final class LosingDisk: Sendable {
  let state = Locked(DiskState())
  let locks = Locked<[Int: DiskLocks]>([:])
  let indexes = Locked<[Int: SharedIndex]>([:])
  private let busy = Locked<(@Sendable () -> Void)?>(nil)
  private let number: Int

  /// - Parameter syncs: False: it says that it synced, and did not.
  public init(syncs: Bool = true) {
    number = LosingVFS.nextNumber()
    state.withLock { $0.syncs = syncs }
    LosingVFS.add(self, number)
  }

  deinit { LosingVFS.remove(number) }

  /// The path under which SQLite finds a file of this disk.
  public func path(_ name: String) -> String { "file:/\(number)/\(name)?vfs=\(LosingVFS.name)" }

  /// What was asked so far, in order, and changes the disk or makes it certain.
  public var log: [DiskOperation] { state.withLock { $0.log } }

  /// How often a file was synced.
  public var syncCount: Int { state.withLock { $0.log.count { $0.kind == .sync } } }

  /// The power goes in the middle of this operation, counted from 1 as ``log`` is; nothing works from there on.
  public func losePower(at operation: Int) { state.withLock { $0.end = operation } }
  /// Now.
  public func losePower() { state.withLock { $0.isDark = true } }
  public var isDark: Bool { state.withLock { $0.isDark } }

  /// How often this was asked since the fault was set.
  public func count(of kind: DiskOperation.Kind) -> Int { state.withLock { $0.asked[kind, default: 0] } }

  /// What is refused; nil: nothing any more.
  public func setFault(_ fault: DiskFault?) { state.withLock { $0.fault = fault } }

  /// Called whenever a lock was refused because another connection has it.
  public func whenBusy(_ action: (@Sendable () -> Void)?) { busy.withLock { $0 = action } }

  func isBusy() -> CInt {
    busy.withLock { $0 }?()
    return SQLITE_BUSY
  }

  /// Puts the files into a folder as they may be when the power is back: what was not synced is there or not, each write for
  /// itself, or some of its sectors.
  public func afterLoss(_ random: inout some RandomNumberGenerator, in folder: URL) throws {
    for (name, bytes) in state.withLock({ $0 }).afterLoss(&random) {
      try Data(bytes).write(to: folder.appending(path: name))
    }
  }
}
