/// Everything that is wrong with a graph, at once.
public struct GraphError: Error, Sendable, CustomStringConvertible {
  /// In the order of the graph's checks; each stands alone.
  public let issues: [GraphIssue]

  package init(issues: [GraphIssue]) { self.issues = issues }

  /// One line an issue.
  public var description: String { issues.map(\.description).joined(separator: "\n") }
}

/// One thing that is wrong with a graph, in the user's stage names, with its remedy.
public enum GraphIssue: Hashable, Sendable, CustomStringConvertible {
  case emptyWorkflow
  case emptyStageName
  case duplicateStage(String)
  /// `near`: the stage whose name is so like it that it may have been meant.
  case unknownStage(String, linkedWith: String, near: String? = nil)
  /// A reference that another workflow gave.
  case foreignStage(String, of: String)
  case selfLink(String)
  case duplicateLink(from: String, to: String)
  /// The path, its first stage repeated at the end.
  case cycle([String])
  case parentsWithoutJoin(String, parents: [String])
  /// A join that can fire only if two tokens succeed that exclude each other.
  case exclusiveParents(String, first: String, second: String, reason: String)
  case quorumOutOfRange(String, quorum: Int, parents: Int)
  case parentsInDifferentScopes(String, scopes: [String])
  case gatherOutsideMap(from: String, to: String)
  case gatherOfSkippableItems(from: String, to: String)
  case shareOutOfRange(String, share: Double)
  case invalidBound(String, bound: Int)
  /// Another option of a stage that makes no sense.
  case invalidOption(String, option: String, reason: String)
  /// A limit of the workflow that makes no sense.
  case invalidRunLimit(Int)
  /// A lifetime of the workflow that makes no sense.
  case invalidLifetime(Duration)
  /// A timeout of the workflow's runs that makes no sense.
  case invalidRunTimeout(Duration)
  /// A resource of the workflow that makes no sense.
  case invalidResource(String, reason: String)
  /// Two repositories of one kind of artifact, or two caches of one kind of bucket.
  case ambiguousStores(String)
  /// Two runs could each hold what the other waits for.
  case runUnitsOfSeveralStages([String])
  case unknownEntryPoint(String, near: String? = nil)
  case entryPointHasParents(String, parents: [String])
  /// A link by name between types that cannot be converted into each other.
  case notConvertible(from: String, to: String, reason: String)
  /// What an entry takes or a sink gives, where the broker has to store it.
  case notCodable(String, reason: String)

  public var description: String {
    switch self {
    case .emptyWorkflow:
      "The workflow has no stage: add one with addStage(_:_:)."
    case .emptyStageName:
      "A stage has an empty name: give it one that a reader will know it by."
    case .duplicateStage(let name):
      "Two stages are called \"\(name)\": rename one of them."
    case .unknownStage(let name, let other, let near):
      "A link names \"\(name)\", together with \"\(other)\", but no stage is called that: \(remedy(near))."
    case .foreignStage(let name, let workflow):
      "A reference to \"\(name)\" was given by another workflow, \"\(workflow)\": "
        + "use what this workflow's addStage(_:_:) returned."
    case .selfLink(let name):
      "Stage \"\(name)\" is linked to itself: a workflow has no cycles; use a second stage."
    case .duplicateLink(let source, let target):
      "Stages \"\(source)\" and \"\(target)\" are linked twice: remove one of the links."
    case .cycle(let path):
      "The links form a cycle: \(path.map { "\"\($0)\"" }.joined(separator: " → ")). Remove one of them."
    case .parentsWithoutJoin(let name, let parents):
      "Stage \"\(name)\" has several parents (\(list(parents))) and no join: use join(…, into:) to say what it waits for."
    case .exclusiveParents(let name, let first, let second, let reason):
      "The join \"\(name)\" can never fire: it needs both \"\(first)\" and \"\(second)\", but \(reason). "
        + "Use .ifTaken, .outcome or .anySucceeded."
    case .quorumOutOfRange(let name, let quorum, let parents):
      "The join \"\(name)\" asks for \(quorum) of its \(parents) parents: use a quorum from 1 to \(parents)."
    case .parentsInDifferentScopes(let name, let scopes):
      "The parents of \"\(name)\" lie in different scopes (\(scopes.joined(separator: "; "))): "
        + "gather what lies inside a map before you join it with what lies outside."
    case .gatherOutsideMap(let source, let target):
      "\"\(source)\" is gathered into \"\(target)\" but lies in no map: link it with link(_:to:), "
        + "or open a map above it with link(_:toEach:)."
    case .gatherOfSkippableItems(let source, let target):
      "\"\(source)\" is gathered into \"\(target)\" as plain values, but a condition or a choice can skip an item: "
        + "gather it with .ifTaken or .outcome."
    case .shareOutOfRange(let name, let share):
      "The gather into \"\(name)\" asks for a share of \(share): use a number from 0 to 1."
    case .invalidBound(let name, let bound):
      "Stage \"\(name)\" has a queue bound of \(bound): use at least 1, or none."
    case .invalidOption(let name, let option, let reason):
      "The option \"\(option)\" of stage \"\(name)\" cannot be used: \(reason)."
    case .invalidRunLimit(let limit):
      "The workflow's maxRunsInFlight is \(limit): use at least 1, or none."
    case .invalidLifetime(let lifetime):
      "The workflow's lifetime is \(lifetime), so it would be over at once: use more than nought, or none."
    case .invalidRunTimeout(let timeout):
      "The workflow's runTimeout is \(timeout), and no run can be complete in that: use more than nought, or none."
    case .invalidResource(let name, let reason):
      "The resource \"\(name)\" cannot be used: \(reason)."
    case .ambiguousStores(let what):
      "The workflow has two \(what), and policies find them by type: keep the one that is meant, or give each stage its own."
    case .runUnitsOfSeveralStages(let names):
      "Several stages (\(list(names))) demand units for the rest of the run, so that two runs could each hold what the other "
        + "waits for: demand them all at one stage."
    case .unknownEntryPoint(let name, let near):
      "The entry point \"\(name)\" is no stage of this workflow: \(remedy(near))."
    case .entryPointHasParents(let name, let parents):
      "The entry point \"\(name)\" has parents (\(list(parents))): an entry has none; name a stage without incoming links."
    case .notConvertible(let source, let target, let reason):
      "The output of \"\(source)\" cannot become the input of \"\(target)\": \(reason)."
    case .notCodable(let name, let reason):
      "Stage \"\(name)\" cannot be stored: \(reason)."
    }
  }

  private func remedy(_ near: String?) -> String {
    near.map { "did you mean \"\($0)\"?" } ?? "add it, or mend the name"
  }

  private func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
}
