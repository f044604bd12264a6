import Tadween

extension BrokerContract {
  /// Opens a fresh broker on a graph, lets the body drive it, and closes it, whatever happens. What no broker may do in
  /// any check is looked for at the end: give out more than was asked for, announce a run twice.
  ///
  /// - Parameter isFed: Whether what a broker does not hand over is received for the body, as an engine would. A body
  ///   that looks at `receive` itself wants none of that.
  func drive(
    _ check: Check, _ graph: WorkflowGraph, isFed: Bool = true, _ body: (BrokerDriver) async throws -> Void
  ) async throws {
    let driver = BrokerDriver(check, try await makeBroker(), graph, wait)
    try await driver.open()
    try await withThrowingDiscardingTaskGroup { group in
      // A broker that keeps its receivers waiting fails the check that is about that, and not every other one: they are
      // cancelled as well as closed.
      defer { group.cancelAll() }
      if isFed, !driver.broker.handsOver {
        for stage in try graph.stages.map({ try driver.stage($0.name) }) {
          group.addTask { await driver.feed(stage) }
        }
      }
      do {
        try await body(driver)
        try driver.requireNothingMore()
      } catch {
        try? await driver.broker.close(timeout: .zero)
        throw error
      }
      try await driver.broker.close(timeout: nil)
    }
    try driver.requireNothingMore()
    try driver.require(
      driver.log.repeated.isEmpty, "\(driver.log.repeated.count) runs were announced more than once.")
  }
}
