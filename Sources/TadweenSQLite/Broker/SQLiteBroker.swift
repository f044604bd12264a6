internal import Foundation
internal import GRDB
public import Tadween

/// Keeps runs in a SQLite database: what it has taken on survives its process, and a loss of power.
///
/// ```swift
/// import TadweenSQLite
///
/// let workflow = Workflow(name: "MyAudioPipeline", broker: .sqlite("pipeline.sqlite"))
/// ```
/// That is the only change; payloads have to be `Codable`, which `build()` checks. `build()` goes on with whatever was
/// unfinished when the process before ended, however it did.
///
/// A submission and the end of an activation count once they are on the disk. Whatever comes while one transaction is being
/// written goes into the next, together, so that a busy workflow pays for few syncs. Handlers run at least once: what ran when
/// the process died runs again, and what it did elsewhere is told apart by its idempotency key.
///
/// One broker at a time works on a file, in this process or another; a second one gets an error that names the first.
/// SQLite keeps two files beside it, `-wal` and `-shm`, and the broker a third, `-owner`. All belong on a disk of this
/// machine: a network's file system keeps neither locks nor syncs as it should.
public final class SQLiteBroker: Broker {
  let path: String
  let options: SQLiteBrokerOptions
  let ledgers: Ledgers
  let connection = Locked<Connection?>(nil)
  /// Open once the file is let go.
  private let hasShut = Latch<Void>()
  /// In a simulation everything happens where it is asked for.
  let isSimulated = Surroundings.world != nil

  /// What there is once it is open.
  struct Connection: Sendable {
    let graph: WorkflowGraph
    let stages: StageNumbers
    let observer: any RunObserver
    let mailboxes: [Mailbox]
    let database: DatabasePool
    let writer: WriterBox
  }

  /// The statements of the writing connection, until it is closed.
  final class WriterBox: @unchecked Sendable {  // used on that connection's queue only
    var writer: JournalWriter?
    init(_ writer: JournalWriter) { self.writer = writer }
  }

  /// - Parameter path: Of the database, which is made where there is none. Nothing is opened before `build()`.
  public init(path: String, options: SQLiteBrokerOptions = SQLiteBrokerOptions()) {
    self.path = path
    self.options = options
    ledgers = Ledgers(limit: options.runsInMemory) { [wallClock = options.wallClock] in wallClock().stored }
  }

  public var handsOver: Bool { false }
  public var payloadEncoding: PayloadEncoding? { PayloadEncoding(longest: options.longestPayload) }

  public func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    guard let mailbox = connection.withLock({ $0?.mailboxes[Int(stage.index)] }) else { return [] }
    return await mailbox.receive(atMost: limit)
  }

  public func close(timeout: Duration?) async throws {
    let wasClosed = ledgers.withLock { state in
      defer { state.isClosed = true }
      return state.isClosed
    }
    guard let open = connection.withLock({ $0 }) else { return }
    for mailbox in open.mailboxes { mailbox.close() }
    // By somebody else at this moment: the file is to be anybody's when this returns.
    if wasClosed { return try await hasShut.wait() }
    // What is being written is waited for; whoever it belongs to is told.
    try? await flush()
    defer {
      connection.withLock { $0 = nil }
      hasShut.open(())
    }
    try naming(path) { try shut(open) }
  }

  /// Lets go of the file: another broker may have it. On the caller's thread, for whoever is cancelled closes too.
  func shut(_ open: Connection) throws {
    let marks = ledgers.marks.withLock { $0.take() }
    defer { marks?.close() }
    try writeHere(open.database) { db in
      // A database is not closed before its statements are.
      open.writer.writer = nil
      // The last connection to close is a reader, which leaves all in the -wal: whoever then copies the one file would have
      // little of it. Nobody is waited for.
      _ = try? db.checkpoint(.passive)
    }
    try open.database.close()
  }

  func opened() throws -> Connection {
    guard let open = connection.withLock({ $0 }), !ledgers.withLock({ $0.isClosed }) else {
      throw TadweenError(
        .brokerClosed,
        "The broker on \"\(path)\" is \(ledgers.withLock { $0.isClosed } ? "closed" : "not open").")
    }
    return open
  }

  func reach(_ failpoint: Failpoint) throws { try options.failpoint?(failpoint) }
}

extension Broker where Self == SQLiteBroker {
  /// A broker in a SQLite database, which survives its process.
  public static func sqlite(_ path: String, options: SQLiteBrokerOptions = SQLiteBrokerOptions()) -> SQLiteBroker {
    SQLiteBroker(path: path, options: options)
  }
}
