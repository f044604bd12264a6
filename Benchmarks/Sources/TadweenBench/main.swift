internal import Dispatch

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

// Waits on a semaphore, and is no async main: valgrind dies of the tail call at the end of one.

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

let hasFinished = DispatchSemaphore(value: 0)
Task.detached {
  let code = await tadweenBench()
  if code != 0 { exit(code) }
  hasFinished.signal()
}
hasFinished.wait()
