import TadweenTesting

@testable import Tadween

/// When which handler has held the unit, by the world's clock.
final class UnitLog: Sendable {
  private struct State {
    var lines: [String] = []
    var held: Set<String> = []
    var discords: [String] = []
  }

  private let world: SimulatedWorld
  private let state = Locked(State())

  init(_ world: SimulatedWorld) { self.world = world }

  var lines: [String] { state.withLock { $0.lines } }
  var held: Set<String> { state.withLock { $0.held } }
  /// Moments at which the pool said something else than the handlers.
  var discords: [String] { state.withLock { $0.discords } }

  func write(_ line: String) {
    let now = world.clock.now.offset.components.seconds
    state.withLock { $0.lines.append("\(now): \(line)") }
  }

  /// Surrounds what a handler does.
  func use(_ context: HandlerContext, of workflow: Workflow, _ body: () async throws -> Void) async throws {
    let user = "\(context.stage) \(context.run)"
    let holder = workflow.resources[0].holders.first { "\($0.stage) \($0.run)" == user }
    let since = holder.map { "since \((world.clock.now.offset - $0.age).components.seconds)" }
    write("\(context.stage) has had it \(since ?? "never")")
    _ = state.withLock { $0.held.insert(user) }
    defer {
      _ = state.withLock { $0.held.remove(user) }
      write("\(context.stage) has returned")
    }
    try await body()
  }

  /// Compares what the pool says with what the handlers say, again and again, until the task is cancelled; not for ever, so
  /// that what waits for ever is told.
  func compare(with workflow: Workflow) async {
    for _ in 0..<5_000 {
      let slept: Void? = try? await world.clock.sleep(for: .milliseconds(777))
      guard slept != nil, let cuda = workflow.resources.first else { return }
      let holders = Set(cuda.holders.map { "\($0.stage) \($0.run)" })
      let now = world.clock.now.offset
      state.withLock { state in
        if holders != state.held { state.discords.append("\(now): \(holders) hold it, \(state.held) run") }
      }
    }
  }
}
