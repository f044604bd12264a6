internal import CoreMetrics

/// One stage's measurements. Kept for as long as the stage, for a backend may look a metric up by its name each time that
/// one is made.
final class StageMetrics: Sendable {
  private let received: Counter
  private let succeeded: Counter
  private let failed: Counter
  private let retried: Counter
  private let notTaken: Counter
  private let cancelled: Counter
  private let depth: Meter
  private let inFlight: Meter
  private let waitTime: Timer
  private let runTime: Timer

  init(workflow: String, stage: String, _ factory: any MetricsFactory) {
    let dimensions = [("workflow", workflow), ("stage", stage)]
    func counter(_ name: String) -> Counter { Counter(label: name, dimensions: dimensions, factory: factory) }
    received = counter("tadween_stage_received")
    succeeded = counter("tadween_stage_succeeded")
    failed = counter("tadween_stage_failed")
    retried = counter("tadween_stage_retried")
    notTaken = counter("tadween_stage_not_taken")
    cancelled = counter("tadween_stage_cancelled")
    depth = Meter(label: "tadween_stage_queue_depth", dimensions: dimensions, factory: factory)
    inFlight = Meter(label: "tadween_stage_in_flight", dimensions: dimensions, factory: factory)
    waitTime = Timer(label: "tadween_stage_wait_duration", dimensions: dimensions, factory: factory)
    runTime = Timer(label: "tadween_stage_run_duration", dimensions: dimensions, factory: factory)
  }

  func count(_ tally: StageTally) {
    Self.add(tally.received, to: received)
    Self.add(tally.succeeded, to: succeeded)
    Self.add(tally.failed, to: failed)
    Self.add(tally.retried, to: retried)
    Self.add(tally.notTaken, to: notTaken)
    Self.add(tally.cancelled, to: cancelled)
  }

  private static func add(_ count: Int, to counter: Counter) { if count > 0 { counter.increment(by: count) } }

  /// Told as changes and never as values: of two that are told at once, none overwrites the other.
  func change(depth depthChange: Int, inFlight inFlightChange: Int) {
    Self.add(depthChange, to: depth)
    Self.add(inFlightChange, to: inFlight)
  }

  private static func add(_ change: Int, to meter: Meter) {
    if change > 0 { meter.increment(by: Double(change)) } else if change < 0 { meter.decrement(by: Double(-change)) }
  }

  func waited(_ nanoseconds: Int64) { waitTime.recordNanoseconds(nanoseconds) }
  func ran(_ nanoseconds: Int64) { runTime.recordNanoseconds(nanoseconds) }
}
