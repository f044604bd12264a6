import TadweenCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The exhaustive search over the pure reducer: `ModelCheck [--stages N | --redrives | --queues | --mutations]`.
///
/// - `--stages 4` (the default): every graph of up to four stages, every map shape, runs under other names, and the
///   model of bounded queues and units
/// - `--stages 5`: five stages too; takes long
/// - `--redrives`: more redrives and crashes at once, in larger cases; takes long
/// - `--queues`: that model alone
/// - `--mutations`: what `Scripts/mutate-model` runs for every mutant: the small cases, and four stages without maps;
///   retries with two activations
///
/// Prints what was counted. Ends with 1 and the name of the invariant where one does not hold.
@main
enum ModelCheck {
  static func main() {
    do throws(Violation) {
      switch Array(CommandLine.arguments.dropFirst()) {
      case [], ["--stages", "4"]: try check(stages: 4)
      case ["--stages", "5"]: try check(stages: 5)
      case ["--redrives"]: try LedgerSearch(stages: 4, faults: Faults.redrives).run()
      case ["--queues"]: try QueueSearch().run()
      case ["--mutations"]: try LedgerSearch(stages: 4, stagesWithMaps: 3, faults: Faults.forMutants).run()
      default:
        print("usage: ModelCheck [--stages 4 | --stages 5 | --redrives | --queues | --mutations]")
        exit(2)
      }
    } catch {
      print("VIOLATED: \(error.invariant.rawValue)\n  \(error.detail)\n  in \(error.place)")
      exit(1)
    }
  }

  private static func check(stages: Int) throws(Violation) {
    try LedgerSearch(stages: stages).run()
    try RenamingSearch(stages: min(stages, 4)).run()
    try QueueSearch().run()
  }
}

/// Prints a line at once, also into a pipe: a long search shows how far it is.
func say(_ line: String) {
  print(line)
  fflush(nil)
}
