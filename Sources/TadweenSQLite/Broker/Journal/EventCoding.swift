internal import Foundation
internal import Tadween

/// An event as a row has it, and back.
struct EventRow {
  enum Kind: Int64 {
    case succeeded, failed, notTaken, cancelled, retried, parked
    // Not of one activation.
    case runCancelled, redriven, decided, died
  }

  var kind: Kind
  /// Of the activation that it is about.
  var key: DeliveryKey?
  var output: Data?
  var input: Data?
  var detail = EventDetail()

  init(_ event: RunEvent, in graph: WorkflowGraph) throws {
    switch event.kind {
    case .ended(let key, let ending):
      self.key = key
      switch ending {
      case .succeeded(let success):
        kind = .succeeded
        try store(success, of: key.activation.stage, in: graph)
      case .failed(let failure): (kind, detail.failure) = (.failed, failure)
      case .notTaken: kind = .notTaken
      case .cancelled(let failure): (kind, detail.failure) = (.cancelled, failure)
      case .retried(let retry): (kind, detail.retry) = (.retried, EventDetail.StoredRetry(retry))
      case .parked(let failure): (kind, detail.failure) = (.parked, failure)
      }
    case .cancelled(let cause): (kind, detail.failure) = (.runCancelled, cause)
    case .redriven(let letters):
      (kind, detail.letters) = (.redriven, letters?.map { EventDetail.StoredKey($0, in: graph) })
    case .decided(let key, let decision):
      (kind, self.key) = (.decided, key)
      switch decision {
      case .retry: detail.decision = .retry
      case .skip: detail.decision = .skip
      case .fail: detail.decision = .fail
      case .substitute(let success):
        detail.decision = .substitute
        try store(success, of: key.activation.stage, in: graph)
      }
    case .died(let keys): (kind, detail.running) = (.died, keys.map { EventDetail.StoredKey($0, in: graph) })
    }
    if !event.interrupts.isEmpty { detail.interrupts = event.interrupts.map { EventDetail.StoredKey($0, in: graph) } }
  }

  private mutating func store(_ success: Success, of stage: StageID, in graph: WorkflowGraph) throws {
    output = try success.output.json()
    input = try success.input?.json()
    if !success.declined.isEmpty { detail.declined = success.declined.map { graph[graph[$0].target].name } }
    guard !success.widths.isEmpty else { return }
    detail.widths = Dictionary(
      zip(graph[stage].maps, success.widths).compactMap { map, width in
        graph[map].links.first.map { (graph[graph[$0].target].name, width) }
      }, uniquingKeysWith: { first, _ in first })
  }

  init(kind: Kind, key: DeliveryKey?, output: Data?, input: Data?, detail: EventDetail) {
    (self.kind, self.key, self.output, self.input, self.detail) = (kind, key, output, input, detail)
  }

  /// - Parameter passed: How long ago it happened, in microseconds.
  func event(in graph: WorkflowGraph, passed: Int64) throws(Misfit) -> RunEvent {
    var interrupts: [DeliveryKey] = []
    for key in detail.interrupts ?? [] { interrupts.append(try key.key(in: graph)) }
    return RunEvent(try kind(in: graph, passed), interrupts: interrupts)
  }

  private func kind(in graph: WorkflowGraph, _ passed: Int64) throws(Misfit) -> RunEvent.Kind {
    switch kind {
    case .succeeded: .ended(try named(key), .succeeded(try success(in: graph)))
    case .failed: .ended(try named(key), .failed(try named(detail.failure)))
    case .notTaken: .ended(try named(key), .notTaken)
    case .cancelled: .ended(try named(key), .cancelled(detail.failure))
    case .retried: .ended(try named(key), .retried(try named(detail.retry).retry(after: passed)))
    case .parked: .ended(try named(key), .parked(try named(detail.failure)))
    case .runCancelled: .cancelled(because: detail.failure)
    case .redriven: .redriven(try letters(in: graph))
    case .decided: .decided(try named(key), try decision(in: graph))
    case .died: .died(try running(in: graph))
    }
  }

  private func letters(in graph: WorkflowGraph) throws(Misfit) -> [DeadLetter.ID]? {
    guard let letters = detail.letters else { return nil }
    var found: [DeadLetter.ID] = []
    for letter in letters { found.append(try letter.letter(in: graph)) }
    return found
  }

  private func running(in graph: WorkflowGraph) throws(Misfit) -> [DeliveryKey] {
    var found: [DeliveryKey] = []
    for key in detail.running ?? [] { found.append(try key.key(in: graph)) }
    return found
  }

  private func decision(in graph: WorkflowGraph) throws(Misfit) -> ParkDecision {
    switch try named(detail.decision) {
    case .retry: .retry
    case .skip: .skip
    case .fail: .fail
    case .substitute: .substitute(try success(in: graph))
    }
  }

  private func success(in graph: WorkflowGraph) throws(Misfit) -> Success {
    let stage = graph[try named(key).activation.stage]
    var declined: [LinkID] = []
    for name in detail.declined ?? [] {
      guard let link = stage.outgoing.first(where: { graph[graph[$0].target].name == name }) else {
        throw Misfit("stage \"\(stage.name)\" has no link to \"\(name)\" any more")
      }
      declined.append(link)
    }
    var widths: [Int] = []
    for map in stage.maps {
      guard let width = graph[map].links.compactMap({ detail.widths?[graph[graph[$0].target].name] }).first else {
        throw Misfit("stage \"\(stage.name)\" had no map to \"\(graph.targets(of: map))\" when it ended")
      }
      guard width >= 0 else { throw Misfit("a map of stage \"\(stage.name)\" has \(width) items") }
      widths.append(width)
    }
    return Success(
      Payload(json: output ?? Data("null".utf8)), declined: declined, widths: widths,
      input: input.map { Payload(json: $0) })
  }

  /// What a row of this kind has; a file in which it is missing was not written by a broker.
  private func named<Value>(_ value: Value?) throws(Misfit) -> Value {
    guard let value else { throw Misfit("an event of the kind \(kind) is not whole") }
    return value
  }
}

extension WorkflowGraph {
  fileprivate func targets(of map: MapID) -> String {
    self[map].links.map { self[self[$0].target].name }.joined(separator: "\", \"")
  }
}
