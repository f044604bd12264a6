/// A stage of a workflow, by name, with its types: what links are checked with.
public struct StageReference<Input: Sendable, Output: Sendable>: Sendable {
  public let name: String
}
