public import TadweenCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Failures that wait for somebody to decide, where a stage's options say ``StageOptions/park`` (rule R10).
///
/// ```swift
/// for parked in try await workflow.parked.list() {
///   try await workflow.parked.decide(parked, .retry)
/// }
/// ```
public struct ParkedWork: Sendable {
  let workflow: Workflow

  /// One activation that failed and is open still.
  public struct Item: Sendable {
    public let run: RunID
    public let stage: String
    /// The map item; root outside maps.
    public let scope: ScopePath
    public let failure: Failure
    /// What the attempts before the last one failed of, oldest first.
    public let earlier: [Failure]
    /// What it ran on, as its links made it; nil where a transform of theirs throws.
    public let input: Payload?
    public let failedAt: Date
    let parked: ParkedActivation
    let ticket: any RunTicket
    let origin: WorkflowIdentity
  }

  /// What becomes of it.
  public enum Decision: Sendable {
    /// It is attempted again; attempts count from nought.
    case retry
    /// It ends as if a condition had left it out: what needs its value is left out too.
    case skip
    /// It succeeds with this, which must be the stage's output or become it as ``Payload/converted(to:)`` says; conditions,
    /// choices and maps look at it as at any other.
    case substitute(Payload)
    /// It fails, as it would have without waiting.
    case fail

    /// It succeeds with this value.
    public static func substitute(value: some Sendable) -> Decision { .substitute(Payload(value)) }
  }

  /// What is parked, the newest runs first.
  ///
  /// - Parameter limit: The greatest number; 100 by default.
  public func list(limit: Int = 100) async throws -> [Item] {
    let engine = try workflow.engine
    return try await engine.inspection.parked(limit: limit).map { stored in
      let activation = stored.parked.key.activation
      return Item(
        run: stored.parked.run, stage: engine.graph[activation.stage].name, scope: activation.scope,
        failure: stored.parked.failure, earlier: stored.parked.earlier,
        input: engine.payload(of: activation, stored.parked.input, stored.ticket), failedAt: stored.failedAt,
        parked: stored.parked, ticket: stored.ticket, origin: engine.identity)
    }
  }

  /// Decides what becomes of one of them.
  ///
  /// - Throws: ``TadweenError`` with the code `nothingToRedrive`, and nothing changed, where it is parked no longer:
  ///   somebody has decided, its deadline has come, or its run was cancelled; `inputValidation` where a substitute is no
  ///   output of the stage, and `routingFailed` where a condition of its links throws at it; `invalidArgument` where it is another
  ///   workflow's. It stays parked then.
  public func decide(_ item: Item, _ decision: Decision) async throws {
    let engine = try workflow.engine
    try engine.requireOwn(item.origin, "Parked work", of: item.run)
    let ending: ParkDecision =
      switch decision {
      case .retry: .retry
      case .skip: .skip
      case .fail: .fail
      case .substitute(let payload): .substitute(try success(of: item, payload, engine))
      }
    guard try await engine.unpark(item.ticket, item.parked.key, ending) else {
      throw TadweenError(
        .nothingToRedrive,
        "Stage \"\(item.stage)\"\(item.scope) of run \(item.run) is parked no longer: nothing was changed.",
        stage: item.stage, run: item.run)
    }
  }

  /// What the stage's links make of the substitute.
  private func success(of item: Item, _ payload: Payload, _ engine: Engine) throws -> Success {
    let stage = engine.stages[Int(item.parked.key.activation.stage.index)]
    let blueprint = try workflow.draft.stages.first { $0.name == item.stage }
    let output = try blueprint.map { try payload.converted(toErased: $0.output) } ?? payload
    let routing = stage.work.routing
    do {
      // Only a link that carries the input on needs it.
      let input =
        routing.carriesInput ? try engine.payload(item.parked.key, item.parked.input, item.ticket) : Payload.nothing
      let ending = try routing.ending(of: output, input: input, encoding: engine.broker.payloadEncoding)
      guard case .succeeded(let success) = ending else { return Success(output) }
      return success
    } catch {
      throw TadweenError(
        .routingFailed, "The substitute for stage \"\(item.stage)\" cannot be sent on: \(error)", stage: item.stage,
        run: item.run, underlying: error)
    }
  }
}

extension Workflow {
  /// Failures that wait for somebody to decide.
  public var parked: ParkedWork { ParkedWork(workflow: self) }
}

extension Payload {
  /// The value as a type that is known when the program runs.
  fileprivate func converted(toErased type: any Sendable.Type) throws -> Payload {
    func convert<Value: Sendable>(_ type: Value.Type) throws -> Payload { Payload(try converted(to: type)) }
    return try convert(type)
  }
}
