import Tadween
import Testing

/// The brokers that the same scenarios run on.
enum BrokerKind: String, CaseIterable, CustomTestStringConvertible {
  case inMemory
  /// Encodes and receives as a durable one would.
  case roundTrip

  func make() -> InMemoryBroker { .inMemory(roundTrip: self == .roundTrip) }

  var testDescription: String { rawValue }
}
