internal import DequeModule

/// Shows on a terminal how far a workflow is: a line a stage, redrawn in place, and one for the runs.
///
/// ```swift
/// let display = ProgressDisplay(of: workflow, total: recordings.count)
/// try await display.show {
///   for run in runs {
///     try await run.completion()
///     display.print("\(run.id) is done")
///   }
/// }
/// ```
/// ```text
/// download     16/16  0 running, 0 waiting             12.4/s
/// transcribe    9/16  2 running, 5 waiting, 1 failed  48.0/min  9 s left
/// runs          9/16  7 under way, 1 failed           48.0/min  9 s left
/// ```
/// Where standard error is no terminal nothing is drawn, so that a log holds what is printed and nothing else. It costs a
/// ``WorkflowSnapshot`` a drawing.
public final class ProgressDisplay: Sendable {
  fileprivate struct State {
    var live = LiveLines()
    /// The snapshots of the last seconds, which rates are measured from.
    var past = Deque<WorkflowSnapshot>()
    var outbox = Outbox<Writing>()
  }

  fileprivate enum Writing: Sendable {
    case draw(String)
    case print(String)
  }

  private let engine: @Sendable () -> Engine?
  private let text: ProgressText
  private let interval: Duration
  private let clock: any Clock<Duration>
  private let output: ProgressOutput
  private let state = Locked(State())
  /// Rates are the mean of so long.
  private let memory = Duration.seconds(10)

  /// - Parameters:
  ///   - workflow: What is shown, once it is built.
  ///   - total: How many runs there will be, for estimates; nil, the default: nobody knows.
  ///   - interval: From one drawing to the next; a fifth of a second by default.
  ///   - clock: What that is measured with.
  ///   - output: Where it is drawn; on standard error by default.
  public init(
    of workflow: Workflow, total: Int? = nil, every interval: Duration = .milliseconds(200),
    clock: any Clock<Duration> = ContinuousClock(), output: ProgressOutput = .standard
  ) {
    engine = { [weak workflow] in try? workflow?.engine }
    text = ProgressText(total: total)
    self.interval = interval
    self.clock = clock
    self.output = output
  }

  /// Draws while the body runs, and takes what was drawn away when it is over.
  public func show<Result>(while body: () async throws -> Result) async rethrows -> Result {
    let drawing = Task { await self.keepDrawing() }  // ends with the body: cancelled and awaited below
    do {
      let result = try await body()
      await end(drawing)
      return result
    } catch {
      await end(drawing)
      throw error
    }
  }

  /// Prints a line that stays, above what is redrawn; on standard output by default, whether that is a terminal or not.
  public func print(_ line: String) {
    write { state in
      let erasing = state.live.erasing
      return erasing.isEmpty ? [.print(line)] : [.draw(erasing), .print(line), .draw(state.live.redraw)]
    }
  }

  private func keepDrawing() async {
    guard output.width() != nil else { return }
    repeat {
      draw()
    } while (try? await clock.rest(for: interval)) != nil
  }

  private func end(_ drawing: Task<Void, Never>) async {
    drawing.cancel()
    await drawing.value
    write { state in state.change(to: []) }
  }

  private func draw() {
    guard let width = output.width(), let now = engine()?.snapshot else { return }
    write { state in
      while state.past.count > 1, now.time - state.past[0].time > memory { state.past.removeFirst() }
      defer { state.past.append(now) }
      return state.change(to: text.lines(from: state.past.first, to: now, width: width))
    }
  }

  /// Writes in order and after unlocking: what is written to may be slow, and may be the user's code.
  private func write(_ body: (inout State) -> [Writing]) {
    var due = state.withLock { state in state.outbox.add(body(&state)) }
    while !due.isEmpty {
      for writing in due {
        switch writing {
        case .draw(let text): output.draw(text)
        case .print(let line): output.print(line)
        }
      }
      due = state.withLock { $0.outbox.next() }
    }
  }
}

extension ProgressDisplay.State {
  fileprivate mutating func change(to lines: [String]) -> [ProgressDisplay.Writing] {
    let change = live.replace(with: lines)
    return change.isEmpty ? [] : [.draw(change)]
  }
}
