public import TadweenCore

/// Submitting runs.
extension Workflow {
  /// Submits one run.
  ///
  /// - Parameters:
  ///   - payload: What the entry is given; a dictionary literal will do. It is converted to the entry's input where the
  ///     types differ; what cannot be converted fails the run, naming the field.
  ///   - entry: The stage that it goes to; the entry point by default.
  ///   - id: Your own id. The same id with an equal payload gives the run that it stands for, and submits nothing.
  ///   - priority: The greater, the more urgent: wherever messages wait, those of a run with a greater one go first. Nought
  ///     by default.
  ///   - metadata: Facts that travel with every message of the run.
  /// - Returns: A handle; letting it go stops nothing.
  /// - Throws: ``TadweenError`` with the code `idConflict` where the id stands for a run with another payload,
  ///   `invalidArgument` where the entry is none or has to be named, `wrongPhase` before ``build()``, `brokerClosed` after
  ///   ``close(timeout:)``; `CancellationError` when the caller is cancelled while a bounded entry is full, or as many
  ///   runs are unfinished as the workflow allows. With neither bound it never waits.
  public func submit(
    _ payload: Payload, to entry: String? = nil, id: String? = nil, priority: Int = 0,
    metadata: Metadata = [:]
  ) async throws -> Run {
    try await submit(payload, to: entry.map { StageMention(name: $0) }, id: id, priority, metadata)
  }

  /// Submits one run with a value of any type.
  @_disfavoredOverload
  public func submit<Value: Sendable>(
    _ value: Value, to entry: String? = nil, id: String? = nil, priority: Int = 0,
    metadata: Metadata = [:]
  ) async throws -> Run {
    try await submit(Payload(value), to: entry, id: id, priority: priority, metadata: metadata)
  }

  /// Submits one run to a stage, with its own input type.
  public func submit<Input, Output>(
    _ input: Input, to entry: StageReference<Input, Output>, id: String? = nil, priority: Int = 0,
    metadata: Metadata = [:]
  ) async throws -> Run {
    try await submit(Payload(input), to: entry.mention, id: id, priority, metadata)
  }

  private func submit(
    _ payload: Payload, to entry: StageMention?, id: String?, _ priority: Int, _ metadata: Metadata
  ) async throws -> Run {
    let engine = try engine
    let stage = try engine.entry(entry)
    return try await engine.submit(
      [engine.newRun(payload, to: stage, callerID: id, priority: priority, metadata)], to: stage)[0]
  }

  /// Submits many runs, a thousand at a time. Waits, cancellably, while a bounded entry is full.
  ///
  /// ```swift
  /// let runs = try await workflow.submit(contentsOf: recordings, id: { $0.url })
  /// ```
  /// - Parameters:
  ///   - values: What each run's entry is given.
  ///   - entry: The stage that they go to; the entry point by default.
  ///   - id: Your own id of each. The same id with an equal payload gives the run that it stands for, and submits nothing.
  ///   - priority: The greater, the more urgent; nought by default.
  ///   - metadata: Facts that travel with every message of each run.
  /// - Returns: The handles, in the order of the values.
  /// - Throws: As submitting one does. What was submitted by then goes on, without handles: a thousand values are one
  ///   step, so that those after an id with another payload may be among them. With ids, submit the same values again,
  ///   which gives a handle to each and repeats none.
  @inlinable
  public func submit<Value: Sendable>(
    contentsOf values: some Sequence<Value>, to entry: String? = nil, id: ((Value) -> String)? = nil,
    priority: Int = 0, metadata: Metadata = [:]
  ) async throws -> [Run] {
    // Inlinable, so that the loop over the values is made for their own type.
    let values = Array(values)
    return try await submit(
      payloads: values.map { Payload.of($0) }, ids: id.map(values.map), to: entry, priority, metadata)
  }

  /// Submits many runs to a stage, with its own input type.
  @inlinable
  public func submit<Input, Output>(
    contentsOf values: some Sequence<Input>, to entry: StageReference<Input, Output>, id: ((Input) -> String)? = nil,
    priority: Int = 0, metadata: Metadata = [:]
  ) async throws -> [Run] {
    let values = Array(values)
    return try await submit(
      payloads: values.map { Payload($0) }, ids: id.map(values.map), to: entry, priority, metadata)
  }

  @usableFromInline
  func submit(
    payloads: [Payload], ids: [String]?, to entry: String?, _ priority: Int, _ metadata: Metadata
  ) async throws -> [Run] {
    try await submit(payloads, ids, to: entry.map { StageMention(name: $0) }, priority, metadata)
  }

  @usableFromInline
  func submit<Input, Output>(
    payloads: [Payload], ids: [String]?, to entry: StageReference<Input, Output>, _ priority: Int,
    _ metadata: Metadata
  ) async throws -> [Run] {
    try await submit(payloads, ids, to: entry.mention, priority, metadata)
  }

  private func submit(
    _ payloads: [Payload], _ ids: [String]?, to entry: StageMention?, _ priority: Int, _ metadata: Metadata
  ) async throws -> [Run] {
    let engine = try engine
    let stage = try engine.entry(entry)
    let new = payloads.enumerated().map {
      engine.newRun($1, to: stage, callerID: ids?[$0], priority: priority, metadata)
    }
    return try await engine.submit(new, to: stage)
  }

  /// Suspends until nothing is left to do.
  ///
  /// - Parameter timeout: How long to wait; nil, the default: as long as it takes.
  /// - Throws: ``TadweenError`` with the code `timedOut`, saying what is left, when `timeout` has passed; `brokerClosed`
  ///   where the workflow ends first, with runs that will never be complete; `CancellationError` when the caller is
  ///   cancelled first.
  public func waitUntilIdle(timeout: Duration? = nil) async throws {
    try await engine.waitUntilIdle(timeout: timeout)
  }

  /// What happens from now on, beginning with a snapshot; the newest 1 024 events are kept for a slow listener. Costs
  /// nothing while nobody listens.
  public var events: WorkflowEvents {
    WorkflowEvents { [weak self] in try? self?.engine.listen(limit: 1_024) }
  }
}

extension Payload {
  /// A value as a payload; a payload as itself.
  @inlinable static func of<Value: Sendable>(_ value: Value) -> Payload { value as? Payload ?? Payload(value) }
}

extension Engine {
  /// The entry that is mentioned, or the default one.
  fileprivate func entry(_ mention: StageMention?) throws -> StageID {
    let entries = graph.entries.map { "\"\(graph[$0].name)\"" }.joined(separator: ", ")
    guard let mention else {
      if let entry = graph.defaultEntry { return entry }
      throw TadweenError(
        .invalidArgument,
        "Workflow \"\(name)\" has several entries (\(entries)): name one with submit(_:to:), or set one with "
          + "setEntryPoint(_:).")
    }
    guard let stage = try stage(mention), graph[stage].incoming.isEmpty else {
      throw TadweenError(
        .invalidArgument, "\"\(mention.name)\" is no entry of workflow \"\(name)\": its entries are \(entries).",
        stage: mention.name)
    }
    return stage
  }

  /// The stage that is mentioned; nil where none has that name.
  func stage(_ mention: StageMention, run: RunID? = nil) throws -> StageID? {
    if let origin = mention.origin, origin != identity {
      let issue = GraphIssue.foreignStage(mention.name, of: origin.name)
      throw TadweenError(.invalidArgument, "\(issue)", stage: mention.name, run: run)
    }
    return graph.stage(named: mention.name)
  }

  private func waitUntilIdle() async throws {
    guard try await intake.waitUntilIdle() else { throw closed() }
  }

  func waitUntilIdle(timeout: Duration?) async throws {
    guard let timeout else { return try await waitUntilIdle() }
    let waiting = await clock.wait(atMost: timeout) { try await self.waitUntilIdle() }
    if waiting == .isOver { return }
    if waiting == .wasCancelled { throw isWorking ? CancellationError() : closed() }
    throw TadweenError(.timedOut, "Workflow \"\(name)\" is not idle after \(timeout): \(unfinishedWork()).")
  }
}
