import ArgumentParser
import Foundation
import Tadween

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
      """)

  @Argument(help: ArgumentHelp("Paths and http(s) URLs of the recordings.", valueName: "file-or-url"))
  var recordings: [String] = []

  @Option(
    help: ArgumentHelp(
      "What is really said: a line a recording, its words, then its name as (NAME).", valueName: "file"))
  var references: String?

  @Option(help: ArgumentHelp("Where workflow.svg and transcripts.json go; made if missing.", valueName: "folder"))
  var output = "output"

  @Option(help: ArgumentHelp("How many recordings to transcribe at once.", valueName: "count"))
  var workers = min(ProcessInfo.processInfo.activeProcessorCount, 4)

  @Option(help: ArgumentHelp("The speech model.", valueName: "folder"))
  var model = "/usr/share/pocketsphinx/model/en-us"

  func validate() throws {
    guard (1...64).contains(workers) else { throw ValidationError("--workers takes a number from 1 to 64.") }
    guard references == nil || !recordings.isEmpty else {
      throw ValidationError("--references needs recordings; the demo brings its own.")
    }
    if let references, !FileManager.default.isReadableFile(atPath: references) {
      throw ValidationError("There is no file \(references) with references.")
    }
  }

  func run() async throws {
    if recordings.isEmpty {
      try await Demo.withJob { try await run($0) }
    } else {
      try await run(Job(recordings: recordings.map { Recording($0) }, transcriptions: transcriptions))
    }
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
    let pipeline = try Pipeline(
      model: SpeechModel(folder: URL(filePath: model)), transcriptions: job.transcriptions, workers: workers)
    try await pipeline.workflow.build()
    let isDrawn = await draw(pipeline.workflow, to: folder.appending(path: "workflow.svg"))
    let display = ProgressDisplay(of: pipeline.workflow, total: job.recordings.count)
    let table = TranscriptTable(names: job.recordings.map(\.name))

    display.print(table.header)
    let results = try await display.show {
      try await pipeline.transcribe(job.recordings) { display.print(table.row($0)) }
    }
    let report = Report(results: results)
    try await pipeline.workflow.close(timeout: .seconds(5))

    try report.json().write(to: folder.appending(path: "transcripts.json"), options: .atomic)
    display.print("\n" + report.summary)
    display.print("See transcripts.json\(isDrawn ? " and workflow.svg" : "") in \(folder.relativePath).")
    guard report.failures.allSatisfy(job.expectedFailures.contains) else { throw ExitCode.failure }
  }
}

/// Draws the workflow. A machine without Graphviz is told so, and gets its transcripts all the same.
private func draw(_ workflow: Workflow, to file: URL) async -> Bool {
  do {
    try await workflow.visualize(to: file.path)
    return true
  } catch {
    FileHandle.standardError.write(Data("There is no picture of the workflow: \(error)\n".utf8))
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
