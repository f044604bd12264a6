internal import TadweenCore

/// What a stage's links do with payloads: how its input comes to be, and which of its links its output takes.
struct Routing: Sendable {
  /// Makes the payload that the stage is given from what its links brought; nil: the only payload, as it is.
  var resolve: (@Sendable (Delivery) throws -> Payload)?
  /// The conditions of its outgoing links.
  var conditions: [(link: LinkID, isTaken: @Sendable (Payload) throws -> Bool)] = []
  /// The choices among its outgoing links: the first arm whose test holds is taken; an arm without a test always.
  var choices: [[Arm]] = []
  /// The number of items of each map that it opens, in the graph's order.
  var widths: [@Sendable (Payload) throws -> Int] = []
  /// Whether a link carries its input on.
  var carriesInput = false

  struct Arm: Sendable {
    let link: LinkID
    let test: (@Sendable (Payload) throws -> Bool)?
  }

  /// The payload that the links make for the stage.
  func payload(of delivery: Delivery) throws -> Payload {
    if let resolve { return try resolve(delivery) }
    return delivery.payload
  }

  /// The end of an activation whose output is final, with all that its links need to know.
  ///
  /// Throws where the output cannot be encoded, is too long for the broker, or is not of the type that a condition, a choice
  /// or a map asks about.
  func ending(of output: Payload, input: Payload, encoding: PayloadEncoding?) throws -> Ending {
    let stored = try encoding?.encode(output) ?? output
    if conditions.isEmpty, choices.isEmpty, widths.isEmpty, !carriesInput { return .succeeded(Success(stored)) }
    var declined = try conditions.filter { try !$0.isTaken(output) }.map(\.link)
    for arms in choices {
      let taken = try arms.firstIndex { try $0.test?(output) ?? true }
      for (position, arm) in arms.enumerated() where position != taken { declined.append(arm.link) }
    }
    let carried = carriesInput ? try encoding?.encode(input) ?? input : nil
    return .succeeded(Success(stored, declined: declined, widths: try widths.map { try $0(output) }, input: carried))
  }
}
