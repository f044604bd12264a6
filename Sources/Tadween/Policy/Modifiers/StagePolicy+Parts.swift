internal import TadweenCore

/// Modifiers that keep an artifact's parts in the stage's repository: what a handler brought is stored, what it needs is
/// loaded, and what is there is not done again.
///
/// The repository is found by the artifact's type: give the stage one with ``StageOptions/repositories``, or all stages
/// with the workflow's `repositories`. A workflow without it is refused by ``Workflow/build()``.
extension StagePolicy {
  /// Stores a value of each output as a part of an artifact, which has to be there; see
  /// ``Repository/savePart(_:_:of:)``.
  ///
  /// The part is stored before the activation's end is committed. What the repository throws fails the activation with the
  /// kind `policy`; where that is retried, the handler's result is kept and only this is done again.
  ///
  /// - Parameters:
  ///   - part: The part, with a dollar: `\Recording.$transcript`.
  ///   - value: What of the output is stored; nil deletes the part.
  ///   - id: Which artifact it belongs to.
  public func savingPart<Model: Artifact, Value>(
    _ part: any WritableKeyPath<Model, Lazy<Value>> & Sendable, from value: @escaping @Sendable (Output) -> Value?,
    of id: @escaping @Sendable (Output) -> ArtifactID
  ) -> some StagePolicy<Input, Output> {
    modified(by: SavingPart<Input, Output, Model, Value>(part: part, value: value) { output, _ in id(output) })
  }

  /// Stores a value of each output as a part of an artifact that the input names, for an output that does not name it; as
  /// ``savingPart(_:from:of:)`` does.
  ///
  /// - Parameters:
  ///   - part: The part, with a dollar: `\Recording.$transcript`.
  ///   - value: What of the output is stored; nil deletes the part.
  ///   - id: Which artifact it belongs to. The payload is converted to `Input` for it.
  public func savingPart<Model: Artifact, Value>(
    _ part: any WritableKeyPath<Model, Lazy<Value>> & Sendable, from value: @escaping @Sendable (Output) -> Value?,
    ofInput id: @escaping @Sendable (Input) -> ArtifactID
  ) -> some StagePolicy<Input, Output> {
    modified(
      by: SavingPart<Input, Output, Model, Value>(part: part, value: value) { _, message in
        id(try message.payload.converted())
      })
  }

  /// Sets a property of the handler's input to a part of an artifact, loaded just before the handler runs; nil where the part
  /// is absent. What waits at the stage has loaded nothing yet.
  ///
  /// What the repository throws, `artifactNotFound` among it, fails the activation with the kind `inputValidation`.
  ///
  /// - Parameters:
  ///   - part: The part, with a dollar: `\Recording.$transcript`.
  ///   - property: The property of the input.
  ///   - id: Which artifact it belongs to.
  public func injectingPart<Model: Artifact, Value>(
    _ part: any WritableKeyPath<Model, Lazy<Value>> & Sendable,
    into property: any WritableKeyPath<Input, Value?> & Sendable, of id: @escaping @Sendable (Input) -> ArtifactID
  ) -> some StagePolicy<Input, Output> {
    modified(by: InjectingPart<Input, Output, Model, Value>(part: part, property: property, id: id))
  }

  /// Does not run the handler where what it would bring is stored already. That counts as succeeded, takes no units of a
  /// resource, and costs one load.
  ///
  /// ```swift
  /// .skippingIfStored(of: \.id, parts: [\.$transcript]) { (recording: Recording) in recording.transcript }
  /// ```
  ///
  /// - Parameters:
  ///   - id: Which artifact the message is about. The payload is converted to `Input` for it.
  ///   - parts: What is loaded with the artifact.
  ///   - hooks: The hooks that are called all the same; none by default.
  ///   - output: Makes the output of the artifact; nil: it is not there, and the handler runs.
  public func skippingIfStored<Model: Artifact>(
    of id: @escaping @Sendable (Input) -> ArtifactID, parts: PartSelection<Model> = .none, hooks: SkipHooks = [],
    _ output: @escaping @Sendable (Model) throws -> Output?
  ) -> some StagePolicy<Input, Output> {
    modified(by: SkippingIfStored<Input, Output, Model>(id: id, parts: parts, hooks: hooks, output: output))
  }
}

private struct SavingPart<Input: Sendable, Output: Sendable, Model: Artifact, Value: Codable & Sendable>:
  PolicyModifier, StateNeeding
{
  let part: any WritableKeyPath<Model, Lazy<Value>> & Sendable
  let value: @Sendable (Output) -> Value?
  let id: @Sendable (Output, Message) throws -> ArtifactID

  var needs: [StateNeed] { [.repository(Model.self)] }

  func onSuccess(_ output: Output, for message: Message, in context: StageContext) async throws {
    try await context.repository(of: Model.self).savePart(part, value(output), of: id(output, message))
  }
}

private struct InjectingPart<Input: Sendable, Output: Sendable, Model: Artifact, Value: Codable & Sendable>:
  PolicyModifier, StateNeeding
{
  let part: any WritableKeyPath<Model, Lazy<Value>> & Sendable
  let property: any WritableKeyPath<Input, Value?> & Sendable
  let id: @Sendable (Input) -> ArtifactID

  var needs: [StateNeed] { [.repository(Model.self)] }

  func adjust(_ input: Input, for message: Message, in context: StageContext) async throws -> Input {
    var input = input
    input[keyPath: property] = try await context.repository(of: Model.self).loadPart(part, of: id(input))
    return input
  }
}

private struct SkippingIfStored<Input: Sendable, Output: Sendable, Model: Artifact>: PolicyModifier, StateNeeding {
  let id: @Sendable (Input) -> ArtifactID
  let parts: PartSelection<Model>
  let hooks: SkipHooks
  let output: @Sendable (Model) throws -> Output?

  var needs: [StateNeed] { [.repository(Model.self)] }

  func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Output> {
    let id = id(try message.payload.converted())
    guard let model = try await context.repository(of: Model.self).load([id], parts: parts).first,
      let output = try output(model)
    else { return .process }
    return .skip(with: output, reason: "what it would bring is stored", hooks: hooks)
  }
}
