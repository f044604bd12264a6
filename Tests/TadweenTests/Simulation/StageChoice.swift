@testable import Tadween

/// What stages with a deferral wait for.
enum Weather: Sendable { case calm, storm }

extension StateKey where Value == Weather { static let weather = StateKey("weather", default: .calm) }

/// What a stage of a simulated graph may be given: one line for each option, drawn for each stage.
struct StageChoice: Sendable {
  let name: String
  /// How often, in percent.
  let percent: Int
  let apply: @Sendable (inout StageOptions, inout SplitMix64) -> Void

  init(
    _ name: String, _ percent: Int, _ apply: @escaping @Sendable (inout StageOptions, inout SplitMix64) -> Void
  ) {
    (self.name, self.percent, self.apply) = (name, percent, apply)
  }

  /// Later ones overrule earlier ones.
  static let all: [StageChoice] = [
    StageChoice("several workers", 50) { $0.taskQueue = .concurrent(.random(in: 2...3, using: &$1)) },
    StageChoice("threads", 15) { $0.taskQueue = .threads(.random(in: 1...2, using: &$1)) },
    StageChoice("bound", 30) { $0.queueBound = .random(in: 1...3, using: &$1) },
    StageChoice("deadline", 40) { $0.timeout = .seconds(.random(in: 2...20, using: &$1)) },
    StageChoice("jitter", 30) { options, _ in
      options.retry = .exponential(maxAttempts: 12, base: .milliseconds(100), cap: .seconds(5))
    },
    StageChoice("snooze", 15) { options, _ in
      options.retry = .custom { $0.error is Refusal ? .fail : .snooze(for: .milliseconds(700)) }
    },
    StageChoice("unit", 25) { options, _ in options.demands.byResource["cuda"] = 1 },
    StageChoice("all units", 10) { options, _ in options.demands.byResource["cuda"] = 2 },
    StageChoice("units of two kinds", 15) { options, random in
      options.demands.byResource["ram"] = .attempt(.random(in: 1...4, using: &random))
    },
    StageChoice("key", 20) { options, random in
      var key = ConcurrencyKey(
        limit: .random(in: 1...2, using: &random), Bool.random(using: &random) ? .strict : .relaxed
      ) { (_: Int) in "" }
      key.key = { _, delivery, _ in "\(delivery.run.low % 2)" }
      options.concurrencyKey = key
    },
    StageChoice("rate", 15) { options, random in
      options.rate = RateLimit(
        .random(in: 2...9, using: &random), per: .seconds(1), burst: .random(in: 1...3, using: &random))
    },
    // Waiting too long is no handler's failure: what has waited is tried for as long as it takes.
    StageChoice("deferral", 15) { options, random in
      options.retry = untilRefused
      options.deferral = Deferral(
        while: { $0[.weather] == .storm }, timeout: Bool.random(using: &random) ? nil : .seconds(3))
    },
    StageChoice("queue timeout", 10) { options, random in
      options.retry = untilRefused
      options.queueTimeout = .seconds(.random(in: 5...20, using: &random))
    },
    // Only what its script has fail for good: anything else is tried again.
    StageChoice("park", 30) { $0.park = Park(for: .seconds(.random(in: 1...40, using: &$1))) },
    StageChoice("batch", 20) { options, random in
      options.batch = BatchWindow(
        upTo: .random(in: 2...4, using: &random), within: .milliseconds(.random(in: 0...900, using: &random)))
    },
  ]

  static let untilRefused = RetryPolicy.custom { $0.error is Refusal ? .fail : .retry(after: .milliseconds(300)) }

  /// The options of a stage, and the names of what was chosen.
  static func draw(_ options: StageOptions, _ random: inout SplitMix64) -> (options: StageOptions, names: [String]) {
    var options = options
    var names: [String] = []
    for choice in all where Int.random(in: 0..<100, using: &random) < choice.percent {
      choice.apply(&options, &random)
      names.append(choice.name)
    }
    return (options, names)
  }
}
