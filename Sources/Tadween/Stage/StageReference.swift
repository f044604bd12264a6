/// A stage of a workflow, by name, with its types: what links are checked with.
///
/// It belongs to the workflow whose `addStage` gave it; another one refuses it, even where it has a stage of that name.
public struct StageReference<Input: Sendable, Output: Sendable>: Sendable {
  public let name: String
  let origin: WorkflowIdentity

  /// Without its types.
  var mention: StageMention { StageMention(name: name, origin: origin) }
}
