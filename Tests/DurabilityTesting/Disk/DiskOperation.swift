/// Something that SQLite asked of a disk.
public struct DiskOperation: Sendable {
  public enum Kind: Hashable, Sendable { case open, read, write, truncate, sync, delete }
  /// What the file is to SQLite.
  public enum Role: Sendable { case database, wal, journal, other }

  public let kind: Kind
  public let file: String
  public let role: Role
  /// Where a write begins, or a truncated file ends.
  public let offset: Int
  public let count: Int
}

/// What a disk refuses, from some operation on until the fault is taken away.
public struct DiskFault: Sendable {
  public enum Answer: Sendable { case inputOutputError, full }

  public let kind: DiskOperation.Kind
  /// 1 is the next operation of the kind.
  public let first: Int
  public let answer: Answer

  public init(_ kind: DiskOperation.Kind, from first: Int, _ answer: Answer) {
    (self.kind, self.first, self.answer) = (kind, first, answer)
  }
}
