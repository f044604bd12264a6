import TadweenCore

/// What happens wherever a graph leaves it open: pure functions of names and map indices, so that the engine's
/// handlers and the oracle, which never speak to each other, come to the same facts.
struct Script: Sendable {
  enum Ending: Equatable, Sendable {
    case succeed, fail, cancelBranch
    /// It fails, and somebody has it end notTaken, or with that output.
    case skipped, substituted(String)
    /// Somebody ends it while it waits to begin.
    case cutWaiting
    /// It fails, for its processes died over it, whether or not its handler was called.
    case crashed
  }

  /// The entry that the submission goes to.
  var entry: String
  /// What the stage's handler does, or its policy (`cancelBranch`: `intercept` answers `.cancel`).
  var ending: @Sendable (Place) -> Ending = { _ in .succeed }
  /// What a link's `when:` says of its source's output.
  var condition: @Sendable (_ source: Place, _ target: String) -> Bool = { _, _ in true }
  /// The arm that a choice takes, by position among its links; nil where none matches and there is no otherwise.
  var arm: @Sendable (_ source: Place, _ choice: Int) -> Int? = { _, _ in 0 }
  /// How many items a map's source puts out.
  var width: @Sendable (_ source: Place, _ map: Int) -> Int = { _, _ in 2 }
  /// The run is cancelled once so many activations have been visited; 0: at once after the submission.
  var cancelAfter: Int?

  init(entry: String) { self.entry = entry }

  /// The same but for what somebody changed about these.
  func amended(_ endings: [Place: Ending]) -> Script {
    var script = self
    script.ending = { [ending] in endings[$0] ?? ending($0) }
    return script
  }

  /// Whether a succeeded source's value goes along this link. For an arm, this is also what its `when:` should say:
  /// of all arms it is true for one at most.
  func takes(_ link: GraphDraft.Link, from source: Place, in draft: GraphDraft) -> Bool {
    if let choice = link.choice {
      let arms = draft.links.filter { $0.source == link.source && $0.choice == choice }
      return arm(source, choice).map { arms.indices.contains($0) && arms[$0].target == link.target } ?? false
    }
    return !link.isConditional || condition(source, link.target)
  }
}
