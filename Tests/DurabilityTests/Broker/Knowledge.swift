import Foundation
import Tadween

/// What may be relied on of a broker, whatever becomes of its processes: all that it has acknowledged.
struct Knowledge: Sendable {
  /// The number of each run whose submission was acknowledged.
  var submitted: [RunID: Int] = [:]
  /// Of each whose submission was begun, and not answered or answered with an error: it is there whole, or not at all.
  var doubtful: [RunID: Int] = [:]
  /// The latest delivery of each activation whose end, or retry, was acknowledged.
  var ends: [RunID: [Activation: DeliveryKey]] = [:]
  /// Cancelled, and acknowledged; since the last redrive.
  var cancelled: Set<RunID> = []
  /// Somebody began to cancel it, or to redrive it.
  var disturbed: Set<RunID> = []
  /// What was announced, by run and round.
  var announced: [RunID: [Int: RunEnd.Outcome]] = [:]
  private(set) var problems: [String] = []

  var lastNumber = 0

  mutating func complain(_ problem: String) { problems.append(problem) }

  func number(of run: RunID) -> Int? { submitted[run] ?? doubtful[run] }

  /// A submission was answered.
  mutating func acknowledge(_ run: RunID, _ number: Int) {
    doubtful[run] = nil
    submitted[run] = number
  }

  /// A commit was answered.
  mutating func acknowledge(_ transition: Transition) {
    let key = transition.key
    if key.isLater(than: ends[transition.run]?[key.activation]) {
      ends[transition.run, default: [:]][key.activation] = key
    }
  }

  /// Something was given out to be done.
  mutating func check(_ delivery: Delivery, in graph: CourseGraph) {
    let place = "\(graph.name(delivery.stage))\(delivery.scope) of run \(number(of: delivery.run) ?? -1)"
    if number(of: delivery.run) == nil { complain("\(place): nobody submitted it") }
    if !delivery.key.isLater(than: ends[delivery.run]?[delivery.key.activation]) {
      complain("\(place): it is ready again as \(delivery.key), though its end was acknowledged")
    }
  }

  /// A worker took something up.
  mutating func checkBegun(_ delivery: Delivery, in graph: CourseGraph) {
    if cancelled.contains(delivery.run) {
      complain("\(graph.name(delivery.stage)) of run \(number(of: delivery.run) ?? -1) begins, though it is cancelled")
    }
  }

  mutating func announce(_ ends: [RunEnd]) {
    for end in ends {
      let number = number(of: end.run) ?? -1
      if announced[end.run, default: [:]].updateValue(end.outcome, forKey: end.round) != nil {
        complain("round \(end.round) of run \(number) was announced twice")
      }
      complainOfOutputs(end, number)
    }
  }

  private mutating func complainOfOutputs(_ end: RunEnd, _ number: Int) {
    guard end.outcome == .succeeded else { return }
    let outputs = end.outputs.map { try? $0.output.converted(to: Int.self) }
    if outputs != [CourseGraph.output(of: number)] {
      complain("run \(number) gave \(outputs), and not \(CourseGraph.output(of: number))")
    }
  }

  /// A run of which nothing is left to do, as the broker has it at the very end.
  mutating func check(_ ticket: any RunTicket, _ number: Int) {
    guard let end = ticket.end else { return complain("run \(number) has no end, and nothing of it is ready") }
    complainOfOutputs(end, number)
    for (round, outcome) in announced[ticket.run] ?? [:] where ticket.end(of: round)?.outcome != outcome {
      complain(
        "round \(round) of run \(number) was announced as \(outcome), and is \(String(describing: ticket.end(of: round)))"
      )
    }
    switch end.outcome {
    case .succeeded: break
    case .cancelled where disturbed.contains(ticket.run): break
    case .failed, .cancelled: complain("run \(number) ended \(end.outcome)")
    }
  }
}
