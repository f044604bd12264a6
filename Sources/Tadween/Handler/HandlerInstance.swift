/// Where a stage's handler instances come from.
@usableFromInline struct HandlerSource<H: HandlerLifecycle>: Sendable {
  /// Whether all slots use one instance.
  let isShared: Bool
  let make: @Sendable () throws -> H

  @usableFromInline init(isShared: Bool, make: @escaping @Sendable () throws -> H) {
    self.isShared = isShared
    self.make = make
  }
}

/// A handler instance between the tasks that use it: made and warmed up once, shut down once.
@usableFromInline class AnyHandlerInstance: @unchecked Sendable {  // see its only subclass
  func warmUp() async throws {}
  func shutDown() async {}
}

/// An instance that is not `Sendable` is used by one worker at a time, the one that has its slot; that is what makes
/// this safe. A shared one is `Sendable`. Both change only while they are warmed up and shut down, when nothing runs.
@usableFromInline
final class HandlerInstance<H: HandlerLifecycle>: AnyHandlerInstance, @unchecked Sendable {  // see above
  private let make: @Sendable () throws -> H
  @usableFromInline var handler: H?

  init(_ make: @escaping @Sendable () throws -> H) { self.make = make }

  /// Does nothing the second time: slots that share it each ask for it.
  override func warmUp() async throws {
    guard handler == nil else { return }
    var handler = try make()
    try await handler.warmUp()
    self.handler = handler
  }

  /// Does nothing where it is not warm.
  override func shutDown() async {
    guard var handler = handler.take() else { return }
    await handler.shutDown()
  }
}

extension HandlerInstance where H: Handler {
  func run(_ input: H.Input, _ context: HandlerContext) async throws -> H.Output {
    guard let handler else { throw CancellationError() }
    return try await handler.run(input, context: context)
  }
}

extension HandlerInstance where H: BatchHandler {
  func run(_ inputs: [H.Input], _ context: BatchContext) async throws -> [Result<H.Output, any Error>] {
    guard let handler else { throw CancellationError() }
    return try await handler.run(inputs, context: context)
  }
}

/// Gives each slot its instance; all the same one where the handler is shared.
struct HandlerInstances: Sendable {
  private let shared: AnyHandlerInstance?
  private let makeOne: @Sendable () -> AnyHandlerInstance

  init<H>(_ source: HandlerSource<H>) {
    makeOne = { [make = source.make] in HandlerInstance(make) }
    shared = source.isShared ? makeOne() : nil
  }

  var areShared: Bool { shared != nil }

  func next() -> AnyHandlerInstance { shared ?? makeOne() }
}
