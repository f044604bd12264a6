internal import CoreMetrics
internal import Synchronization

/// A backend of metrics as lean as a real one: counters are atomic numbers, a timer is a histogram of them.
final class AtomicMetrics: MetricsFactory {
  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { Number() }
  func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { Level() }
  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { Histogram() }
  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    NOOPMetricsHandler.instance
  }
  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyMeter(_ handler: any MeterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}

  private final class Number: CounterHandler {
    let value = Atomic<Int64>(0)
    func increment(by amount: Int64) { value.add(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }
  }

  private final class Level: MeterHandler {
    let value = Atomic<Int64>(0)
    func set(_ value: Int64) { self.value.store(value, ordering: .relaxed) }
    func set(_ value: Double) { set(Int64(value)) }
    func increment(by amount: Double) { value.add(Int64(amount), ordering: .relaxed) }
    func decrement(by amount: Double) { value.add(-Int64(amount), ordering: .relaxed) }
  }

  /// Buckets that double, from 256 ns on.
  private final class Histogram: TimerHandler {
    let sum = Atomic<Int64>(0)
    let buckets: [Bucket] = (0..<32).map { _ in Bucket() }

    final class Bucket: Sendable { let count = Atomic<Int64>(0) }

    func recordNanoseconds(_ duration: Int64) {
      sum.add(duration, ordering: .relaxed)
      let bucket = max(0, min(31, 56 - max(duration, 1).leadingZeroBitCount))
      buckets[bucket].count.add(1, ordering: .relaxed)
    }
  }
}
