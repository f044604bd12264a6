internal import Tadween

// The handlers of both sides: each gives back what it is given. One a type and none for all types, because a user's
// handler is seldom generic either, and a generic witness costs one more frame a call.

struct ItemNoOp: Handler, Work {
  func run(_ item: Item, context: HandlerContext) async throws -> Item { item }
  func run(_ item: Item) async throws -> Item { item }
}

struct HeavyItemNoOp: Handler, Work {
  func run(_ item: HeavyItem, context: HandlerContext) async throws -> HeavyItem { item }
  func run(_ item: HeavyItem) async throws -> HeavyItem { item }
}

struct NumberNoOp: Handler {
  func run(_ number: Int, context: HandlerContext) async throws -> Int { number }
}

/// Fails the first attempt of one item in a hundred.
struct FlakyNoOp: Handler {
  struct Flake: Error {}

  func run(_ item: Item, context: HandlerContext) async throws -> Item {
    if item.n % 100 == 0 && context.attempt == 1 { throw Flake() }
    return item
  }
}

/// Counts how often it is called.
struct BatchNoOp: BatchHandler {
  let calls = Counter()

  func run(_ items: [Item], context: BatchContext) async throws -> [Result<Item, any Error>] {
    calls.add()
    return items.map { .success($0) }
  }
}
