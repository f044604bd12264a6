internal import TadweenCore

/// Has what failed for good wait for somebody who decides what becomes of it (rule R10).
///
/// ```swift
/// try workflow.addStage("ocr", OCRHandler(), options: .init(park: Park(for: .seconds(3_600))))
/// ```
/// After the last attempt the activation stays open, and nothing that depends on it goes on. ``Workflow/parked`` lists it;
/// there it is retried, skipped, replaced by a value, or failed. A run with something parked is unfinished, and a close
/// waits for it.
public struct Park: Hashable, Sendable {
  /// How long it waits. After that it fails. Where the process dies meanwhile, the next one counts from its own beginning.
  public var deadline: Duration

  /// - Parameter deadline: How long it waits; after that it fails.
  public init(for deadline: Duration) { self.deadline = deadline }
}

extension Transition {
  /// What it is where failures are parked.
  var parked: Transition {
    guard case .failed(let failure) = ending else { return self }
    return Transition(of: delivery, .parked(failure))
  }
}
