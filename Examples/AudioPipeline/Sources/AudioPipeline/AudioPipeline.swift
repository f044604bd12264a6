import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Tadween
import UnixSignals

/// The command: reads its arguments, runs the pipeline, shows what comes out.
@main
struct AudioPipeline: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audio-pipeline",
    abstract: "Transcribes recordings of English speech, and profiles how they sound.",
    discussion: """
      Without recordings it runs a demo: it serves the recordings of Debian's package \
      pocketsphinx-testdata on loopback, with one that is missing and one that is no audio among \
      them, and scores what it hears against their references.

      Recordings are WAV files of any sample rate, or headerless .raw files of 16-bit samples at \
      16 kHz. The exit status is 1 if any recording fails, but for the two that the demo expects to.

      With --store it keeps what it finds out, and does not find it out again: a recording is known by its \
      path or URL. What is under way is kept too, in a file beside the store: killed at any moment and started \
      again, it goes on where it was.

      SIGINT or SIGTERM ends it early: what is under way may finish, for as long as --grace says. The \
      exit status is 75 then if recordings are left, and their names are the last thing that it says.
      """)

  @Argument(help: ArgumentHelp("Paths and http(s) URLs of the recordings.", valueName: "file-or-url"))
  var recordings: [String] = []

  @Option(
    help: ArgumentHelp(
      "What is really said: a line a recording, its words, then its name as (NAME).", valueName: "file"))
  var references: String?

  @Option(help: ArgumentHelp("Where workflow.svg and transcripts.json go; made if missing.", valueName: "folder"))
  var output = "output"

  @Option(
    help: ArgumentHelp(
      "Where what is found out is kept: a database that ends in .sqlite or .db, or a folder.", valueName: "path"))
  var store: String?

  @Option(
    help: ArgumentHelp(
      "Find this out again, though it is stored; the other branch comes from the store: transcribe or profile.",
      valueName: "branch"))
  var only: Branch?

  @Option(
    help: ArgumentHelp("List the recordings in the store that are longer, and do nothing else.", valueName: "seconds"))
  var longerThan: Double?

  @Option(help: ArgumentHelp("How many recordings to transcribe at once.", valueName: "count"))
  var workers = min(ProcessInfo.processInfo.activeProcessorCount, 4)

  @Option(help: ArgumentHelp("How long to go on after SIGINT or SIGTERM.", valueName: "seconds"))
  var grace = 8.0

  @Option(help: ArgumentHelp("The speech model.", valueName: "folder"))
  var model = "/usr/share/pocketsphinx/model/en-us"

  func validate() throws {
    guard (1...64).contains(workers) else { throw ValidationError("--workers takes a number from 1 to 64.") }
    guard grace >= 0, grace < 86_400 else { throw ValidationError("--grace takes a number of seconds, 0 or more.") }
    guard references == nil || !recordings.isEmpty else {
      throw ValidationError("--references needs recordings; the demo brings its own.")
    }
    guard store != nil || (only == nil && longerThan == nil) else {
      throw ValidationError("--only and --longer-than need a --store.")
    }
    guard longerThan == nil || (recordings.isEmpty && only == nil) else {
      throw ValidationError("--longer-than lists what is in the store: it takes no recordings, and no --only.")
    }
    if let references, !FileManager.default.isReadableFile(atPath: references) {
      throw ValidationError("There is no file \(references) with references.")
    }
  }

  func run() async throws {
    if let longerThan {
      try await list(try RecordingStore.open(store), longerThan: longerThan)
    } else if recordings.isEmpty {
      try await Demo.withJob { try await run($0) }
    } else {
      try await run(Job(recordings: recordings.map { try Recording($0) }, transcriptions: transcriptions))
    }
  }

  private func list(_ store: some Repository<StoredRecording>, longerThan seconds: Double) async throws {
    let found = try await store.filter(parts: .all, order: [.by(\.seconds, descending: true)]) { $0.seconds > seconds }
    let table = TranscriptTable(names: found.map(\.root.name))
    print(table.header)
    for recording in found { print(table.row(recording)) }
    print("\n\(found.count) of \(try await store.count()) recordings are longer than \(seconds) s.")
  }

  private var transcriptions: [Transcription] {
    references.map { URL(filePath: $0) }.map {
      [Transcription(corpus: $0.deletingPathExtension().lastPathComponent, file: $0)]
    } ?? []
  }

  private func makeOutputFolder() throws -> URL {
    let folder = URL(filePath: output, directoryHint: .isDirectory)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw ValidationError("The folder \(output) cannot be made: \(error.localizedDescription)")
    }
    return folder
  }

  private func run(_ job: Job) async throws {
    let folder = try makeOutputFolder()
    let broker = RecordingStore.broker(store) as (any Broker)? ?? .inMemory
    let store = try RecordingStore.open(store)
    if let only { try await store.forget(only, of: job.recordings) }
    let known = try await store.transcribed(job.recordings)
    let pipeline = try Pipeline(
      model: SpeechModel(folder: URL(filePath: model)), transcriptions: job.transcriptions, workers: workers,
      store: store, broker: broker, shutdownTimeout: .seconds(grace))
    try await pipeline.workflow.build()
    let isDrawn = await draw(pipeline.workflow, to: folder.appending(path: "workflow.svg"))
    let display = ProgressDisplay(of: pipeline.workflow, total: job.recordings.count)
    let table = TranscriptTable(names: job.recordings.map(\.name))

    display.print(table.header)
    let results = try await stoppable(pipeline.workflow) {
      try await display.show {
        try await pipeline.transcribe(job.recordings) { display.print(table.row($0)) }
      }
    }
    let report = Report(
      results: results.compactMap(\.self), rest: zip(job.recordings, results).filter { $1 == nil }.map(\.0),
      known: known)

    try report.json().write(to: folder.appending(path: "transcripts.json"), options: .atomic)
    display.print("\n" + report.summary)
    display.print("See transcripts.json\(isDrawn ? " and workflow.svg" : "") in \(folder.relativePath).")
    if !report.rest.isEmpty {
      tell("Stopped before its end. Left: " + report.rest.map(\.name).joined(separator: ", "))
      throw ExitCode(EX_TEMPFAIL)
    }
    guard report.failures.allSatisfy(job.expectedFailures.contains) else { throw ExitCode.failure }
  }
}

/// Does the body's work on the workflow, then closes it. SIGINT and SIGTERM close it early, and the body's runs end then.
private func stoppable<Result: Sendable>(
  _ workflow: Workflow, _ body: () async throws -> Result
) async throws -> Result {
  let group = ServiceGroup(services: [workflow], gracefulShutdownSignals: [.sigint, .sigterm], logger: .silent)
  async let serving: Void = group.run()
  let result = try await body()
  await group.triggerGracefulShutdown()
  do {
    try await serving
  } catch let error as TadweenError where error.code == .timedOut {
    tell(error.message)
  }
  return result
}

private func tell(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

/// Draws the workflow. A machine without Graphviz is told so, and gets its transcripts all the same.
private func draw(_ workflow: Workflow, to file: URL) async -> Bool {
  do {
    try await workflow.visualize(to: file.path)
    return true
  } catch {
    tell("There is no picture of the workflow: \(error)")
    return false
  }
}

/// What there is to do: the user's recordings, or the demo's.
struct Job: Sendable {
  var recordings: [Recording]
  var transcriptions: [Transcription]
  /// The recordings that are there to show how a failure looks.
  var expectedFailures: Set<Recording> = []
}

extension Branch: ExpressibleByArgument {}
