import Logging
import Testing

@testable import Tadween

/// Draws a workflow, builds it, uses it, and closes it, whatever happens.
func withWorkflow<Stages>(
  _ broker: BrokerKind = .inMemory, onFailure: Workflow.FailureMode = .finishRun,
  clock: any Clock<Duration> = ContinuousClock(), draw: (Workflow) throws -> Stages,
  use: (Workflow, Stages) async throws -> Void
) async throws {
  let workflow = Workflow(name: "test", broker: broker.make(), onFailure: onFailure, clock: clock)
  let stages = try draw(workflow)
  try await workflow.build()
  do {
    try await use(workflow, stages)
  } catch {
    try? await workflow.close(timeout: .zero)
    throw error
  }
  // The thread sanitizer slows all tests down together, on a machine that may do something else besides.
  try await workflow.close(timeout: .seconds(120))
}

/// What `build()` says of a graph; nil where it says nothing.
func mistakes(
  resources: Resources = [:], _ draw: (Workflow) throws -> Void
) async throws -> (issues: [GraphIssue], text: String) {
  let workflow = Workflow(name: "wrong", resources: resources)
  try draw(workflow)
  do {
    try await workflow.build()
    try await workflow.close()
    return ([], "")
  } catch let error as TadweenError {
    #expect(error.code == .invalidGraph)
    let graph = try #require(error.underlying as? GraphError)
    return (graph.issues, error.message)
  }
}

/// The error of a body that has to throw a `TadweenError`.
func tadweenError(
  _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> TadweenError {
  do {
    try await body()
  } catch let error as TadweenError {
    return error
  }
  try #require(Bool(false), "it threw nothing", sourceLocation: sourceLocation)
  throw Trouble("it threw nothing")
}

extension Workflow {
  /// Whether a close has begun.
  var isClosing: Bool {
    do {
      _ = try engine
      return false
    } catch {
      return (error as? TadweenError)?.code == .brokerClosed
    }
  }

  /// A stage that gives on what it is given.
  @discardableResult
  func pass<Value: Sendable>(_ name: String, _ type: Value.Type, options: StageOptions = .init()) throws
    -> StageReference<Value, Value>
  { try addStage(name, options: options) { (value: Value) in value } }
}
