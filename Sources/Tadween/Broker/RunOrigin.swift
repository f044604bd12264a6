package import TadweenCore

/// What a submission may say of itself.
package final class RunOrigin: Sendable {
  package let callerID: String?
  package let priority: Int
  package let metadata: Metadata

  private init(_ new: NewRun) { (callerID, priority, metadata) = (new.callerID, new.priority, new.metadata) }

  /// nil for one that says nothing, as most do.
  package static func of(_ new: NewRun) -> RunOrigin? {
    let isPlain = new.callerID == nil && new.priority == 0 && new.metadata.values.isEmpty
    return isPlain ? nil : RunOrigin(new)
  }
}
