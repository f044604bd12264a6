/// What tells a workflow from any other, of the same name too, and from one that is made where it stood once it is gone.
final class WorkflowIdentity: Hashable, Sendable {
  /// What pictures, logs and errors call the workflow.
  let name: String

  init(_ name: String) { self.name = name }

  static func == (a: WorkflowIdentity, b: WorkflowIdentity) -> Bool { a === b }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
