/// The command line.
struct Options {
  var scenario: Scenario?
  var items: Int?
  var stages: Int?
  var workers = 1
  var payload: Int?
  var side = Side.both

  /// What runs: by default ours and the limit, in turns.
  enum Side: String { case both, ours, limit }

  static let help = """
    usage: tadween-bench SCENARIO [--items N] [--stages S] [--workers W] [--payload BYTES]
                         [--side both|ours|limit] [--profile]

    Prints one line of JSON a scenario. Build with -c release; on an idle machine, differences under 25 % are noise.

      chain     no-op stages in a line, a run an item; against the bare loop (items 1000000, stages 3)
      latency   one item at a time through the same stages; against the bare loop (items 20000, stages 3)
      queued    bytes a message that waits at a stage whose handler is blocked (items 100000, payload 100)
      mapjoin   one item mapped to so many activations and gathered (items 1000)
      diamond   a -> b and c -> d, a run an item (items 200000)
      graph     checks graphs of so many stages and builds a workflow of them (stages 10000)
      observed  the chain with metrics and a listener to its events, beside the chain without (items 300000, stages 3)
      retry     the chain where 1 % of first attempts fail, beside the chain (items 300000, stages 3)
      resources the chain where each attempt demands 1 of 2 units, beside the chain (items 100000, stages 3)
      keyed     one stage with 64 keys, one of each at a time, beside the stage without (items 100000, workers 4)
      batch     a batch handler of 32, beside the same one at a time (items 100000)
      cold      process start to first result (stages 3)
      cache     reads that find their value, and reads with one write in ten by two tasks at once (items 2000000)
      repository  artifacts with two parts of 10 KB in SQLite: saved, loaded, found (items 10000)
      durable   no-op stages over the durable broker: rate, latency, waiting messages (items 100000, stages 3)
      all       each of them, with its defaults
      soak      so many runs with 1 % failures: lost and doubled ones, and memory; not part of all (items 10000000)
      durable-soak  so many runs over the durable broker: rate, file and memory by the million; not part of all
                (items 8000000, stages 3)

    --side ours|limit   one side alone, and one round
    --profile           keeps the main thread, without which valgrind cannot live
    """

  init(_ arguments: some Sequence<String>) throws(Refusal) {
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--items": items = try Self.number(argument, &rest)
      case "--stages": stages = try Self.number(argument, &rest)
      case "--workers": workers = try Self.number(argument, &rest)
      case "--payload": payload = try Self.number(argument, &rest, from: 0)
      case "--side":
        guard let value = rest.popFirst().flatMap({ Side(rawValue: $0) }) else {
          throw Refusal(description: "--side takes both, ours or limit")
        }
        side = value
      case "--profile": break  // for main.swift
      case "--help", "-h", "help": throw Refusal(description: Self.help, isError: false)
      default:
        guard scenario == nil, let named = Scenario(rawValue: argument) else {
          throw Refusal(description: "\"\(argument)\" is no scenario and no option\n\n\(Self.help)")
        }
        scenario = named
      }
    }
  }

  private static func number(
    _ option: String, _ rest: inout ArraySlice<String>, from least: Int = 1
  ) throws(Refusal) -> Int {
    guard let text = rest.popFirst(), let value = Int(text), value >= least else {
      throw Refusal(description: "\(option) takes a whole number from \(least)")
    }
    return value
  }

  /// Why nothing is measured.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
    var isError = true
  }
}
