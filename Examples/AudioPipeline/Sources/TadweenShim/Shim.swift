// A dull stand-in for the engine: design §4's public forms, run one stage after another, one recording at a time.

public protocol Handler<Input, Output> {
  associatedtype Input: Sendable
  associatedtype Output: Sendable
  mutating func warmUp() async throws
  func run(_ input: Input, context: HandlerContext) async throws -> Output
  mutating func shutDown() async
}

extension Handler {
  public mutating func warmUp() async throws {}
  public mutating func shutDown() async {}
}

public struct HandlerContext: Sendable {
  public init() {}
  public func report(progress: Double) {}
}

public struct Instances<H: Handler>: Sendable {
  let make: @Sendable () throws -> H
  public static func perWorker(_ make: @escaping @Sendable () throws -> H) -> Self { .init(make: make) }
}

public protocol TaskQueue: Sendable {}
public struct AnyQueue: TaskQueue {}
extension TaskQueue where Self == AnyQueue {
  public static func concurrent(_ count: Int) -> AnyQueue { .init() }
  public static func threads(_ count: Int) -> AnyQueue { .init() }
}

public struct StageOptions: Sendable {
  public init(taskQueue: some TaskQueue = .concurrent(1), queueBound: Int? = nil) {}
}

public struct StageReference<Input: Sendable, Output: Sendable>: Sendable {
  let name: String
}

public struct BrokerChoice: Sendable {
  public static let inMemory = BrokerChoice()
}

public struct Failure: Error {
  public let stage: String
  public let messages: [String]
}

public struct TadweenError: Error {
  public let failures: [Failure]
}

public enum WorkflowEvent: Sendable {
  public struct Place: Sendable {
    public let stage: String
  }
  case started(Place)
  case succeeded(Place)
  case failed(Place, Failure)
  case notTaken(Place)
  case cancelled(Place)
  case completed
}

final class StageBox: @unchecked Sendable {
  let name: String
  let run: (any Sendable) async throws -> any Sendable
  var parents: [String] = []
  var combine: ([any Sendable]) throws -> any Sendable = { $0[0] }

  init<H: Handler>(_ name: String, _ make: @escaping () throws -> H) {
    self.name = name
    var instance: H?
    var broken: (any Error)?
    run = { input in
      if let broken { throw broken }
      if instance == nil {
        do {
          var fresh = try make()
          try await fresh.warmUp()
          instance = fresh
        } catch {
          broken = error
          throw error
        }
      }
      return try await instance!.run(input as! H.Input, context: HandlerContext())
    }
  }
}

public final class Workflow: @unchecked Sendable {
  var stages: [StageBox] = []
  public let events: AsyncStream<WorkflowEvent>
  let sink: AsyncStream<WorkflowEvent>.Continuation

  public init(name: String, broker: BrokerChoice) {
    (events, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
  }

  public func addStage<H: Handler & Sendable>(_ name: String, _ handler: H, options: StageOptions = .init()) throws
    -> StageReference<H.Input, H.Output>
  {
    stages.append(StageBox(name) { handler })
    return StageReference(name: name)
  }

  public func addStage<H: Handler>(_ name: String, instances: Instances<H>, options: StageOptions = .init()) throws
    -> StageReference<H.Input, H.Output>
  {
    stages.append(StageBox(name) { try instances.make() })
    return StageReference(name: name)
  }

  public func link<A, B, C>(_ source: StageReference<A, B>, to target: StageReference<B, C>) throws {
    stages.first { $0.name == target.name }!.parents = [source.name]
  }

  public func join<A, B, C, D, I, O>(
    _ first: StageReference<A, B>, _ second: StageReference<C, D>, into target: StageReference<I, O>,
    combine: @escaping @Sendable (B, D) throws -> I
  ) throws {
    let box = stages.first { $0.name == target.name }!
    box.parents = [first.name, second.name]
    box.combine = { try combine($0[0] as! B, $0[1] as! D) }
  }

  public func build() async throws {}
  public func visualize(to path: String) async throws {}
  public func close(timeout: Duration = .seconds(30)) async throws { sink.finish() }
  public func submit(_ value: some Sendable) async throws -> Run { Run(self, value) }
}

public final class Run: @unchecked Sendable {
  let workflow: Workflow
  let input: any Sendable
  var outputs: [String: any Sendable] = [:]

  init(_ workflow: Workflow, _ input: any Sendable) { (self.workflow, self.input) = (workflow, input) }

  public func completion() async throws {
    defer { workflow.sink.yield(.completed) }
    for stage in workflow.stages {
      let value = stage.parents.isEmpty ? input : try stage.combine(stage.parents.map { outputs[$0]! })
      let place = WorkflowEvent.Place(stage: stage.name)
      workflow.sink.yield(.started(place))
      do {
        outputs[stage.name] = try await stage.run(value)
        workflow.sink.yield(.succeeded(place))
      } catch {
        let failure = Failure(stage: stage.name, messages: ["\(error)"])
        workflow.sink.yield(.failed(place, failure))
        throw TadweenError(failures: [failure])
      }
    }
  }

  public func output<I, O>(of stage: StageReference<I, O>) async throws -> O { outputs[stage.name] as! O }
}
