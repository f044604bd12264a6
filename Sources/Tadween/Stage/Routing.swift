internal import TadweenCore

/// What a stage's links do with payloads: how its input comes to be, and which of its links its output takes.
struct Routing: Sendable {
  /// Makes the payload that the stage is given from what its links brought; nil: the only payload, as it is.
  var resolve: (@Sendable (Delivery) throws -> Payload)?
  /// The conditions of its outgoing links.
  var conditions: [(link: LinkID, isTaken: @Sendable (Payload) -> Bool)] = []
  /// The choices among its outgoing links: the first arm whose test holds is taken; an arm without a test always.
  var choices: [[Arm]] = []
  /// The number of items of each map that it opens, in the graph's order.
  var widths: [@Sendable (Payload) -> Int] = []
  /// Whether a link carries its input on.
  var carriesInput = false

  struct Arm: Sendable {
    let link: LinkID
    let test: (@Sendable (Payload) -> Bool)?
  }

  /// A success with all that its links need to know.
  func success(_ output: Payload, input: Payload) -> Success {
    var success = Success(output)
    if carriesInput { success.input = input }
    if !widths.isEmpty { success.widths = widths.map { $0(output) } }
    for condition in conditions where !condition.isTaken(output) { success.declined.append(condition.link) }
    for arms in choices {
      let taken = arms.firstIndex { $0.test?(output) ?? true }
      for (position, arm) in arms.enumerated() where position != taken { success.declined.append(arm.link) }
    }
    return success
  }
}
