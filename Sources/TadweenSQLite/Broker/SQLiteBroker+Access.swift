internal import GRDB
internal import Tadween

/// The ways to the database.
extension SQLiteBroker {
  /// Reads on a thread of the database's; in a simulation on the one that there is.
  func read<Value: Sendable>(
    _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    if !isSimulated { return try await database.read(body) }
    return try readHere(database, body)
  }

  /// On the caller's thread: a way to another one and back takes longer than a short read.
  func readHere<Value>(_ database: DatabasePool, _ body: (Database) throws -> Value) throws -> Value {
    try database.read(body)
  }

  /// On the connection that writes, between two writes.
  func write<Value: Sendable>(
    _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    if !isSimulated { return try await database.writeWithoutTransaction(body) }
    return try writeHere(database, body)
  }

  func writeHere<Value>(_ database: DatabasePool, _ body: (Database) throws -> Value) throws -> Value {
    try database.writeWithoutTransaction(body)
  }

  /// Leaves everything as the death of its process would: what is not written is lost, what runs stays marked, and the file is
  /// anybody's. For tests.
  package func abandon() {
    let (open, waiters) = (
      connection.withLock { $0.take() },
      ledgers.withLock { state in
        state.isClosed = true
        defer { state.group = WriteGroup() }
        return state.group.waiters
      }
    )
    for waiter in waiters { waiter.resume(throwing: TadweenError(.brokerClosed, "The process is dead.")) }
    guard let open else { return }
    for mailbox in open.mailboxes { mailbox.close() }
    try? writeHere(open.database) { _ in open.writer.writer = nil }
    try? open.database.close()
    ledgers.marks.withLock { $0.take() }?.close()
  }
}
