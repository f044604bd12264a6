internal import Logging
internal import TadweenCore

extension StagePolicy where Output: Codable {
  /// Stores what the handler brings, and does not run it again for the same payload, version and options: not in this run,
  /// not in another, not after a restart.
  ///
  /// ```swift
  /// let policy = DefaultPolicy<Audio, Transcript>()
  ///   .memoised(by: MemoKey(version: "whisper-3", options: ["model": "small"]), in: memos)
  /// ```
  /// A result that is found counts as succeeded, takes no units of a resource, and calls no hook. It is looked for once
  /// before the message waits for anything, and once more when its turn comes. Where none is found, ``Workflow/explain(_:)``
  /// says why, field by field, as long as the activation has not ended; so does the event
  /// ``WorkflowEvent/notMemoised(_:_:)``.
  ///
  /// The stage's name is part of what a result is found by. What cannot be read is done again, and what cannot be stored is
  /// logged as a warning: a repository that is down costs time and fails nothing. Two equal messages that run side by side
  /// are both worked on; so may one be that begins while the other's result is being stored.
  ///
  /// Cost: the key is made at each look, and once more to store a result, by encoding what it is made of. A look is one load from the repository, a second one where nothing is found; what is stored is one save of three
  /// artifacts.
  ///
  /// - Parameters:
  ///   - key: What decides whether a result is the same.
  ///   - coding: How results become bytes; JSON by default.
  ///   - repository: Where they are kept. Several stages and workflows may share it.
  public func memoised(
    by key: MemoKey<Input>, coding: PartCoding<Output> = .json, in repository: any Repository<Memo>
  ) -> some StagePolicy<Input, Output> {
    modified(
      by: Memoising(key: key, desk: MemoDesk(store: RepositoryMemos(repository: repository, coding: coding))))
  }
}

extension StagePolicy {
  /// Keeps what the handler brings in a cache, and does not run it again for the same payload, version and options, for as
  /// long as the cache has it: as ``memoised(by:coding:in:)`` does, and nothing is encoded but the key.
  ///
  /// - Parameters:
  ///   - key: What decides whether a result is the same.
  ///   - cache: Where they are kept. Several stages and workflows may share it.
  public func memoised(by key: MemoKey<Input>, in cache: Cache<MemoBucket>) -> some StagePolicy<Input, Output> {
    modified(by: Memoising(key: key, desk: MemoDesk(store: CachedMemos(cache: cache))))
  }
}

/// Looks for a result before the handler runs, and stores what it brings.
struct Memoising<Input: Sendable, Output: Sendable>: PolicyModifier {
  let key: MemoKey<Input>
  let desk: MemoDesk<Output>

  func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    try await look(message, context) { miss in
      context.tell(miss)
    }
  }

  func interceptAgain(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    // Why nothing is there was told before.
    try await look(message, context) { _ in }
  }

  private func look(
    _ message: Message, _ context: StageContext, _ missed: (MemoMiss) -> Void
  ) async throws -> Interception<Output> {
    let payload = try key.payload(message)
    switch await desk.find(key.settings.union(payload), payload: payload, of: context.stage) {
    case .hit(let output): return .skip(with: output, reason: "its result is stored")
    case .miss(let miss):
      missed(miss)
      return .process
    }
  }

  func onSuccess(_ output: Output, for message: Message, in context: StageContext) async throws {
    let payload = try key.payload(message)
    do {
      try await desk.keep(output, key.settings.union(payload), payload: payload, of: context.stage)
    } catch {
      context.logger.warning("a result could not be stored", metadata: ["tadween.error": "\(error)"])
    }
  }

  func afterCommit(_ message: Message, in context: StageContext) async { context.forgetMiss() }
}

extension StageContext {
  /// Says why the handler runs though its stage keeps results: to those who ask, listen, or read logs.
  fileprivate func tell(_ miss: MemoMiss) {
    stageRuntime.misses.note(miss, of: delivery)
    stageRuntime.events?.emit { .notMemoised(WorkflowEvent.Place(delivery, of: stageRuntime), miss) }
    guard stageRuntime.logger.logLevel <= .debug || miss.problem != nil else { return }
    var metadata: Logger.Metadata = ["tadween.fields": .array(miss.differences.map { "\($0.field)" })]
    if let problem = miss.problem { metadata["tadween.error"] = "\(problem)" }
    logger.log(level: miss.problem == nil ? .debug : .warning, "no stored result was found", metadata: metadata)
  }

  fileprivate func forgetMiss() { stageRuntime.misses.forget(delivery) }
}
