import Tadween

/// A policy that writes down each hook as it runs, and does what a test asks of it.
struct Hooks<Value: Sendable>: StagePolicy {
  typealias Input = Value
  typealias Output = Value

  let journal: Journal
  var interception: @Sendable (Message) -> Interception<Value> = { _ in .process }
  var running: @Sendable (Message) async throws -> Void = { _ in }
  var done: @Sendable () throws -> Void = {}
  var failed: @Sendable () throws -> Void = {}

  func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Value> {
    journal.write("intercept")
    return interception(message)
  }
  func onQueued(_ message: Message, in context: StageContext) async throws { journal.write("onQueued") }
  func resolveInput(for message: Message, in context: StageContext) async throws -> Value {
    journal.write("resolveInput")
    guard let value = message.payload.value(as: Value.self) else { throw Trouble("not a \(Value.self)") }
    return value
  }
  func onRunning(_ message: Message, in context: StageContext) async throws {
    journal.write("onRunning")
    try await running(message)
  }
  func onDone(_ message: Message, in context: StageContext) async throws {
    journal.write("onDone")
    try done()
  }
  func onSuccess(_ output: Value, for message: Message, in context: StageContext) async throws {
    journal.write("onSuccess")
  }
  func onError(_ error: AttemptError, for message: Message, in context: StageContext) async throws {
    journal.write("onError")
    try failed()
  }
  func afterCommit(_ message: Message, in context: StageContext) async { journal.write("afterCommit") }
}
