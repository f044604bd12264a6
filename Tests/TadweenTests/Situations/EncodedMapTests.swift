import Tadween
import Testing

/// Maps over an output that a broker encodes.
@Suite(.timeLimit(.minutes(1))) struct EncodedMapTests {
  /// Counts how often one was decoded.
  struct Chunk: Codable, Sendable {
    static let decoded = Locked(0)
    let number: Int

    init(number: Int) { self.number = number }
    init(from decoder: any Decoder) throws {
      Self.decoded.withLock { $0 += 1 }
      number = try decoder.singleValueContainer().decode(Int.self)
    }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(number)
    }
  }

  @Test func theArrayIsDecodedOnceForAllItsItems() async throws {
    try await withWorkflow(.roundTrip) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in (0..<n).map { Chunk(number: $0) } }
      let item = try workflow.addStage("item") { (chunk: Chunk) in chunk.number * 10 }
      let sum = try workflow.addStage("sum") { (numbers: [Int]) in numbers.reduce(0, +) }
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: sum)
      return sum
    } use: { workflow, sum in
      let before = Chunk.decoded.withLock { $0 }
      // A short array may be decoded again for each.
      let total = try await workflow.submit(200).output(of: sum)
      #expect(total == 199_000)
      #expect(Chunk.decoded.withLock { $0 } - before == 200)
    }
  }

  /// What is encoded with more items than are decoded again.
  struct Batch: Codable, Sendable {
    var numbers: [Int]

    init(numbers: [Int]) { self.numbers = numbers }
    init(from decoder: any Decoder) throws {
      numbers = try decoder.singleValueContainer().decode([Int].self).dropLast()
    }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(numbers)
    }
  }

  @Test func anItemThatWasLostInDecodingFails() async throws {
    try await withWorkflow(.roundTrip) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Batch(numbers: Array(0..<n)) }
      try workflow.link(split, toEach: try workflow.pass("item", Int.self), of: \.numbers)
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(3).completion() }
      #expect(error.failures.map(\.scope.indices) == [[2]])
      #expect(error.stage == "item" && error.message.contains("Batch") && error.message.contains("2 items"))
    }
  }
}
