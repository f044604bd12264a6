import Foundation
import Tadween

/// The graph that every course runs on, and what its stages make of their inputs: a map with its gather, two joins, a
/// condition, a retry, and a stage that fails until its run is redriven.
///
/// ```
/// start ─each─ item ─gather─ book ─────┐
///   ├───── left ──┐                    │
///   ├───── right ─┴─ both ─────────────┼─ end
///   └─when─ maybe ─────────────(taken)─┘
/// ```
struct CourseGraph: Sendable {
  let graph: WorkflowGraph
  let conditional: LinkID

  init() throws {
    var draft = GraphDraft()
    draft.stages = ["start", "item", "book", "left", "right", "both", "maybe", "end"].map { .init($0) }
    draft.links = [
      .init("start", "item", kind: .each(draft.newMap())), .init("item", "book", kind: .gather(.all)),
      .init("start", "left"), .init("start", "right"), .init("start", "maybe", isConditional: true),
    ]
    let both = draft.newJoin()
    draft.links += ["left", "right"].map { .init($0, "both", join: both) }
    let end = draft.newJoin()
    draft.links += [
      .init("book", "end", join: end), .init("both", "end", join: end),
      .init("maybe", "end", need: .ifTaken, join: end),
    ]
    graph = try WorkflowGraph(draft)
    conditional = graph[graph.stage(named: "maybe")!].incoming[0]
  }

  func name(_ stage: StageID) -> String { graph[stage].name }

  /// What a run makes of a number, when all of it has succeeded. Sums wrap, for damage makes great numbers.
  static func output(of number: Int) -> Int {
    (0..<width(number)).reduce(0) { $0 &+ 10 &* number &+ $1 } &+ (number &+ 1) &+ (number &+ 2)
      &+ (number % 2 == 1 ? number &+ 3 : 0)
  }

  static func width(_ number: Int) -> Int { Int(number.magnitude % 4) }
  /// Whether its first attempt at "right" is retried.
  static func isRetried(_ number: Int) -> Bool { number % 3 == 0 }
  /// Whether "left" fails until it is redriven.
  static func fails(_ number: Int) -> Bool { number % 5 == 0 }
  /// Whether somebody cancels it.
  static func isCancelled(_ number: Int) -> Bool { number % 3 == 1 }

  static func payload(_ number: Int) -> Payload { Payload(encodedBytes: "\(number)".utf8) }

  /// What the handler of a delivery's stage does with what it was given: nothing but that.
  func ending(of delivery: Delivery) throws -> Ending {
    func success(_ output: Int, declined: [LinkID] = [], widths: [Int] = []) -> Ending {
      .succeeded(Success(Self.payload(output), declined: declined, widths: widths))
    }
    func failure() -> Failure {
      Failure(kind: .handler, typeName: "CourseError", messages: ["on purpose"], stage: name(delivery.stage))
    }
    let key = delivery.key
    switch (name(delivery.stage), try values(of: delivery)) {
    case ("start", let values):
      return success(
        values[0], declined: values[0] % 2 == 1 ? [] : [conditional], widths: [Self.width(values[0])])
    case ("item", let values): return success(values[0] &* 10 &+ (delivery.scope.indices.first ?? 0))
    case ("left", let values) where Self.fails(values[0]) && key.generation == 0: return .failed(failure())
    case ("left", let values): return success(values[0] &+ 1)
    case ("right", let values) where Self.isRetried(values[0]) && key.attempt == 1:
      return .retried(Retry(AttemptHistory(failures: [failure()], elapsed: .milliseconds(5), delay: .zero)))
    case ("right", let values): return success(values[0] &+ 2)
    case ("maybe", let values): return success(values[0] &+ 3)
    case (_, let values): return success(values.reduce(0, &+))
    }
  }

  private func values(of delivery: Delivery) throws -> [Int] {
    switch delivery.input {
    case .single(let payload, _): return [try payload.converted(to: Int.self)]
    case .caught(let failure): throw Trouble("nothing takes failures here: \(failure)")
    case .join(let tokens): return try tokens.flatMap { try values(of: $0) }
    }
  }

  private func values(of token: Token?) throws -> [Int] {
    switch token {
    case .succeeded(let payload, _): [try payload.converted(to: Int.self)]
    case .gathered(let items): try items.flatMap { try values(of: $0) }
    case .notTaken: []
    case .caught, .cancelled, .failed, nil: throw Trouble("no stage runs on \(String(describing: token))")
    }
  }
}
