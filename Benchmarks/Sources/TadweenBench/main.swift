internal import Dispatch

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Runs what the command line asks for. Returns the process's exit code.
func tadweenBench() async -> Int32 {
  do {
    let options = try Options(CommandLine.arguments.dropFirst())
    guard let scenario = options.scenario else { throw Options.Refusal(description: Options.help) }
    try await scenario.run(options)
    return 0
  } catch let refusal as Options.Refusal where !refusal.isError {
    print(refusal)
    return 0
  } catch {
    let text = Array("\(error)\n".utf8)
    unsafe write(2, text, text.count)
    return 1
  }
}

// Where a program's own code runs is part of what is measured. A user's async main runs on the main actor, and the
// standalone loop does; so do both sides here. For profilers neither does: valgrind dies where the main thread is given
// up for the main queue.
if CommandLine.arguments.contains("--profile") {
  let hasFinished = DispatchSemaphore(value: 0)
  Task.detached {
    let code = await tadweenBench()
    if code != 0 { exit(code) }
    hasFinished.signal()
  }
  hasFinished.wait()
} else {
  Task { @MainActor in exit(await tadweenBench()) }
  dispatchMain()
}
