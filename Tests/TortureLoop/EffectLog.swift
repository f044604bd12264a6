import DurabilityTesting
import Foundation
import Tadween

/// Where handlers say what they do: a file to which lines are only ever added, each in one call, which the kernel keeps when
/// the process is killed.
final class EffectLog: Sendable {
  let process: Int
  private let descriptor: Int32
  /// When the process was asked for, by the wall clock: only that goes on from one process to the next.
  private let start: Date
  private let missing = Locked<Set<Milestone>>([.built, .begun])

  /// A process has recovered with the second of them.
  enum Milestone: Sendable {
    case built, begun
  }

  init(path: String, process: Int, start: Date) {
    (self.process, self.start) = (process, start)
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    precondition(descriptor >= 0, "the log cannot be opened")
    // The last process may have been killed within its last line.
    write("", to: descriptor)
  }

  func add(_ line: TortureLine) { write(line.text, to: descriptor) }

  /// To whoever started the program.
  func say(_ line: String) { write(line, to: STDOUT_FILENO) }

  private func write(_ line: String, to descriptor: Int32) {
    let bytes = Array((line + "\n").utf8)
    _ = unsafe Foundation.write(descriptor, bytes, bytes.count)
  }

  /// The workflow is built, or the first handler is called.
  func reach(_ milestone: Milestone) {
    let hasRecovered = missing.withLock { $0.remove(milestone) != nil && $0.isEmpty }
    if hasRecovered { say("recovered \(Int(Date().timeIntervalSince(start) * 1_000_000))") }
  }
}

extension EffectLog {
  /// Calls a handler's work, and says so before and after.
  ///
  /// - Parameters:
  ///   - number: Of the run; 0 where the handler is told of a failure, and its source says of which.
  ///   - source: Whose output it was given, where it may be that of several.
  func effect<Output: Sendable>(
    _ context: HandlerContext, run number: Int, source: String = "-", _ work: () async throws -> Output
  ) async throws -> Output {
    guard let stage = TortureStage(rawValue: context.stage) else { throw Planned("there is no such stage") }
    let execution = TortureExecution(
      process: process, number: number, place: TorturePlace(stage, context.scope.indices.last), attempt: context.attempt
    )
    let key = context.idempotencyKey
    add(.begin(execution, key: key, source: source))
    reach(.begun)
    do {
      let failures = number == 0 ? 0 : TorturePlan(number).failures(at: execution.place)
      if failures.map({ context.attempt <= $0 }) ?? true { throw Planned("attempt \(context.attempt)") }
      let output = try await work()
      add(.end(execution, key: key, result: "ok"))
      return output
    } catch {
      add(.end(execution, key: key, result: error is CancellationError ? "cut" : "failed"))
      throw error
    }
  }
}

extension EffectLog {
  /// A policy that says so when the engine takes an end for recorded.
  func recording<Input: Sendable, Output: Sendable>() -> StagePolicyBuilder<Input, Output> {
    StagePolicyBuilder<Input, Output>().afterCommit { [self] message, context in
      guard let stage = TortureStage(rawValue: context.stage),
        let number = message.metadata[.number].flatMap({ Int($0) })
      else { return }
      add(
        .committed(
          TortureExecution(
            process: process, number: number, place: TorturePlace(stage, context.scope.indices.last),
            attempt: context.attempt)))
    }
  }
}

/// A failure that belongs to the run's plan.
struct Planned: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
