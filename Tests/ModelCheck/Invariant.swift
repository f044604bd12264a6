/// What must hold in every state, by the sentence that is printed where it does not.
enum Invariant: String, CaseIterable {
  case oneEnd = "an activation ends once"
  case exactTokens = "a join sees exactly one token a link, and the right one"
  case openSet = "the open set is empty exactly when nothing is left"
  case duplicates = "a message delivered twice changes nothing"
  case nothingAbove = "no stage starts while something above it is open"
  case failuresSurface = "every failure is seen by an activation that ran, or in the run's outcome"
  case orderFree = "the end does not depend on order"
  case completedOnce = "completion is said exactly once"
  case cancelHeeded = "after a cancellation only what runs when cancelled starts"
  case endsAsRuled = "everything ends as the rules say"
  case alwaysAWayOn = "from every state the end is reachable"
  case redriven = "a redrive takes back what failed and all that followed, and nothing else"
  case crashed = "a crash makes what ran ready again, and fails it at the third"
  case namesMeanNothing = "renaming the stages changes nothing"
}

/// An invariant that does not hold, and where.
struct Violation: Error {
  let invariant: Invariant
  let detail: String
  /// The case, and the moves that led there.
  var place = ""

  init(_ invariant: Invariant, _ detail: String) {
    self.invariant = invariant
    self.detail = detail
  }
}
