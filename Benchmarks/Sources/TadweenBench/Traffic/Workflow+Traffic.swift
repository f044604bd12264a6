internal import Tadween

extension Workflow {
  /// Submits so many items in chunks of a thousand, and returns when the completion of each has been observed.
  ///
  /// As a user with a long list would write it: a few chunks are under way, so that the workers have work while the
  /// oldest chunk is awaited, and handles are let go with their chunk, so that memory does not grow with the list.
  func process<Value: Sendable>(_ items: Int, ahead: Int = 16, _ value: (Int) -> Value) async throws {
    var underWay: [[Run]] = []
    var oldest = 0
    func observe() async throws {
      for run in underWay[oldest] { try await run.completion() }
      underWay[oldest] = []
      oldest += 1
    }
    for start in stride(from: 0, to: items, by: 1_000) {
      let values = (start..<min(start + 1_000, items)).map(value)
      underWay.append(try await submit(contentsOf: values))
      if underWay.count - oldest > ahead { try await observe() }
    }
    while oldest < underWay.count { try await observe() }
  }
}
