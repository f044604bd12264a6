public import CoreMetrics
public import Tracing

/// What a workflow tells the systems that watch over a program: metrics and traces. By default nothing, at no cost.
///
/// ```swift
/// let workflow = Workflow(name: "audio", observation: .bootstrapped)
/// ```
/// Events, snapshots and logs need no observation: they are there for whoever asks. The article <doc:Observing> lists what
/// each of them tells.
public struct WorkflowObservation: Sendable {
  /// Where measurements go; nil: nothing is measured.
  public var metrics: (any MetricsFactory)?
  /// Where spans go; nil: there are none.
  public var tracer: (any Tracer)?

  /// - Parameters:
  ///   - metrics: Where measurements go; nil, the default: nothing is measured. A few counters a batch and two timers an
  ///     attempt.
  ///   - tracer: Where spans go; nil, the default: there are none. A span a run and one an attempt; workers then take
  ///     one message at a time.
  public init(metrics: (any MetricsFactory)? = nil, tracer: (any Tracer)? = nil) {
    self.metrics = metrics
    self.tracer = tracer
  }

  /// Nothing is measured and nothing is traced.
  public static var none: WorkflowObservation { WorkflowObservation() }

  /// What `MetricsSystem` and `InstrumentationSystem` were bootstrapped with; bootstrap them before you ask for it.
  public static var bootstrapped: WorkflowObservation {
    WorkflowObservation(metrics: MetricsSystem.factory, tracer: InstrumentationSystem.tracer)
  }

  /// Metrics alone, of what `MetricsSystem` was bootstrapped with.
  public static var metrics: WorkflowObservation { WorkflowObservation(metrics: MetricsSystem.factory) }

  /// Traces alone, of what `InstrumentationSystem` was bootstrapped with.
  public static var tracing: WorkflowObservation { WorkflowObservation(tracer: InstrumentationSystem.tracer) }
}
