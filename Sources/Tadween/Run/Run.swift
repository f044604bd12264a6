public import TadweenCore

/// One submission and everything that follows from it.
///
/// A handle: copying it costs a reference count, and letting it go stops nothing. Where a complete run is redriven, the
/// handle keeps the end that it knew; ``redrive()`` and ``DeadLetters`` give one for the end that comes next.
public struct Run: Sendable {
  let engine: Engine
  /// The broker's handle on it.
  let ticket: any RunTicket
  /// Which of its ends this handle is for; see ``RunEnd/round``.
  var round = 0

  /// What logs, events and errors call it.
  public var id: RunID { ticket.run }

  /// Suspends until nothing is left to do.
  ///
  /// - Throws: ``TadweenError`` with the code `handlerFailed` (or the code of the first failure's kind) and all
  ///   failures where the run failed, `cancelled` where it was cancelled, `brokerClosed` where its workflow was closed
  ///   before it was complete; `CancellationError` when the caller is cancelled, which does not cancel the run.
  public func completion() async throws {
    let end = try await end()
    switch end.outcome {
    case .succeeded: return
    case .failed(let failures): throw failed(failures, end.shortfalls)
    case .cancelled: throw TadweenError(.cancelled, "Run \(id) was cancelled.", run: id)
    }
  }

  /// Suspends until the run is complete, and says what became of it. Throws only where it will never be complete.
  public func end() async throws -> RunEnd { try await engine.completions.end(of: ticket, round: round) }

  /// What became of the run; nil while it is unfinished.
  public var outcome: RunEnd.Outcome? { ticket.end(of: round)?.outcome }

  /// How long the run may still take; nil where its workflow has no `runTimeout`, where that is over, and once it is complete.
  public var timeLeft: Duration? { engine.runClock?.timeLeft(of: id) }

  /// The output of a sink, or of a stage whose options say `keepsOutput`, once the run is complete.
  ///
  /// - Throws: What failed, as ``completion()`` does; ``TadweenError`` with the code `noOutput` where the stage kept no
  ///   output, because it did not run or is no sink; `invalidArgument`, at once, where it lies inside a map and has an
  ///   output for each item, which ``outputs(of:)`` gives, or where the reference is another
  ///   workflow's.
  public func output<Input, Output>(of stage: StageReference<Input, Output>) async throws -> Output {
    if let known = try engine.stage(stage.mention, run: id), !engine.graph[known].scope.isEmpty {
      throw TadweenError(
        .invalidArgument,
        "Stage \"\(stage.name)\" runs once an item of a map: ask for outputs(of:), which gives each item's output.",
        stage: stage.name, run: id)
    }
    guard let output = try await outputs(of: stage).first else {
      throw TadweenError(
        .noOutput,
        "Stage \"\(stage.name)\" has no output in run \(id): it did not run, or it is no sink and its options do not "
          + "say keepsOutput.", stage: stage.name, run: id)
    }
    return output.value
  }

  /// The outputs of a stage inside a map, each with the item that it belongs to, in the order of the items. An item that
  /// has none, because it failed or was left out, is not in the list; the others keep their places.
  ///
  /// ```swift
  /// for text in try await run.outputs(of: recognise) { print(text.index, text.value) }
  /// ```
  /// Failures of items do not keep the others' outputs back: ``outcome`` tells of them.
  ///
  /// - Throws: What failed, as ``completion()`` does, where no item has an output; ``TadweenError`` with the code
  ///   `invalidArgument` where the reference is another workflow's.
  public func outputs<Input, Output>(of stage: StageReference<Input, Output>) async throws -> [ItemOutput<Output>] {
    let wanted = try engine.stage(stage.mention, run: id)
    let kept = try await end().outputs.filter { $0.activation.stage == wanted }
    if kept.isEmpty { try await completion() }
    return try kept.map { ItemOutput(scope: $0.activation.scope, value: try $0.output.converted()) }
  }

  /// Cancels the run: what has not started ends cancelled, and what runs is told to stop. Returns when that is recorded,
  /// not when all has stopped; ``end()`` waits for that. A complete run is left as it is.
  public func cancel() async throws {
    guard ticket.end == nil else { return }
    try await engine.control(.cancel(ticket))
  }

  /// The run's events, beginning with a snapshot; ends with its completion. The newest 256 are kept for a slow reader.
  public var events: WorkflowEvents {
    WorkflowEvents { [engine, self] in engine.listen(limit: 256, to: self) }
  }

  /// Does again whatever failed in it, with all that followed, and in a cancelled run what the cancellation cut. What
  /// succeeded beside that is not done again; see <doc:RedoingWhatFailed>.
  ///
  /// - Returns: The run, with a completion of its own.
  /// - Throws: ``TadweenError`` with the code `nothingToRedrive` where nothing of it failed or was cut.
  public func redrive() async throws -> Run {
    guard let again = try await engine.redrive(ticket, nil) else {
      throw TadweenError(
        .nothingToRedrive, "Nothing of run \(id) failed or was cut: there is nothing to redrive.", run: id)
    }
    return again
  }

  private func failed(_ failures: [Failure], _ shortfalls: [GatherShortfall]) -> TadweenError {
    let first = failures.first
    let code: TadweenError.Code =
      switch first?.kind {
      case .inputValidation: .inputValidation
      case .policy: .policyFailed
      case .timeout: .timedOut
      case .routing, .transform: .routingFailed
      default: .handlerFailed
      }
    return TadweenError(
      code, (failures.map(\.description) + shortfalls.map(\.description)).joined(separator: "\n"),
      stage: first.flatMap { $0.stage.isEmpty ? nil : $0.stage }, run: id, failures: failures)
  }
}
