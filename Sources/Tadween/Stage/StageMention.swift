/// A stage as a link, an entry point or a submission mentions it: by name alone, or by a reference, which knows its
/// workflow too.
struct StageMention: Hashable, Sendable {
  let name: String
  /// nil: mentioned by name alone, and so a stage of whatever workflow it is mentioned to.
  var origin: WorkflowIdentity?

  func isOf(_ workflow: WorkflowIdentity) -> Bool { origin == nil || origin == workflow }
}
