import Foundation
import Logging
import Tadween

/// The workflow: what the stages are, and what flows into what.
///
/// ```
///                        ┌─> transcribe ─┐
/// download ──> decode ───┤               ├──> score
///                        └─> profile ────┘
/// ```
///
/// Each link is checked by the compiler: its source's output is its target's input. `score` has two parents, so it
/// waits for both, and the closure of its join makes its input out of their two outputs.
///
/// What a branch finds out is stored before it counts as done. A recording of which everything is stored is neither
/// downloaded nor decoded again; one of which something is missing goes through that branch alone.
struct Pipeline {
  let workflow: Workflow
  private let score: StageReference<Analysis, ScoredTranscript>
  /// Whether the broker may have runs of an earlier process.
  private let survives: Bool

  init(
    model: SpeechModel, transcriptions: [Transcription], workers: Int, store: any Repository<StoredRecording>,
    broker: some Broker = .inMemory, shutdownTimeout: Duration
  ) throws {
    survives = broker is any RunHistory
    workflow = Workflow(
      name: "AudioPipeline", broker: broker, repositories: [store], shutdownTimeout: shutdownTimeout,
      logger: .silent)

    // Downloads mostly wait, so several can; what is decoded waits for the recognisers, but not without a bound.
    let download = try workflow.addStage(
      "download", DownloadHandler(),
      policy: DefaultPolicy().skippingIfStored(of: \.id, parts: .all) { (known: StoredRecording) in
        known.isComplete ? AudioFile(recording: known.recording, bytes: Data()) : nil
      }, options: .init(taskQueue: .concurrent(4), retry: .download))
    let decode = try workflow.addStage(
      "decode", DecodeHandler(),
      policy: DefaultPolicy()
        .skippingIfStored(of: \.recording.id, parts: .all) { (known: StoredRecording) in
          known.isComplete ? Speech(recording: known.recording, samples: Samples([])) : nil
        }
        .sideEffect { speech, _, _ in try await store.save(StoredRecording(speech)) })
    // Recognising speech keeps a core busy for seconds, so it gets threads of its own, with a recogniser on each.
    let transcribe = try workflow.addStage(
      "transcribe", instances: .perWorker { TranscribeHandler(model: model) },
      policy: DefaultPolicy()
        .skippingIfStored(of: \.recording.id, parts: [\StoredRecording.$words]) { known in
          known.words.map { Transcript(recording: known.recording, words: $0) }
        }
        .savingPart(\StoredRecording.$words, from: \.words, of: \.recording.id),
      options: .init(taskQueue: .threads(workers), queueBound: 2 * workers))
    let profile = try workflow.addStage(
      "profile", ProfileHandler(),
      policy: DefaultPolicy()
        .skippingIfStored(of: \.recording.id, parts: [\StoredRecording.$profile]) { $0.profile }
        .savingPart(\StoredRecording.$profile, from: { $0 }, ofInput: \.recording.id))
    score = try workflow.addStage("score", ScoreHandler(transcriptions: transcriptions))

    try workflow.link(download, to: decode)
    try workflow.link(decode, to: transcribe)
    try workflow.link(decode, to: profile)
    try workflow.join(transcribe, profile, into: score) { Analysis(transcript: $0, profile: $1) }
  }

  /// Sends every recording on its way at once, and hands over each one's result as soon as it is there.
  ///
  /// A recording that fails costs the others nothing: each is a run of its own.
  ///
  /// - Returns: All results, in the order of the recordings; nil for one that was not done when the workflow was closed.
  func transcribe(
    _ recordings: [Recording], onResult: (RecordingResult) async -> Void
  ) async throws -> [RecordingResult?] {
    var runs: [Run] = []
    do {
      let unfinished = try await unfinished()
      for recording in recordings {
        if let run = unfinished[recording.id.text] {
          runs.append(run)
        } else {
          runs.append(try await workflow.submit(recording, metadata: [.recording: recording.id.text]))
        }
      }
    } catch let error as TadweenError where error.code == .brokerClosed {
      // Those that were submitted may still be done.
    }

    return await withTaskGroup { group in
      for (index, (recording, run)) in zip(recordings, runs).enumerated() {
        group.addTask {
          (index, await outcome(of: run).map { RecordingResult(recording: recording, outcome: $0) })
        }
      }
      var results: [Int: RecordingResult] = [:]
      for await case (let index, let result?) in group {
        results[index] = result
        await onResult(result)
      }
      return recordings.indices.map { results[$0] }
    }
  }

  /// What an earlier process was killed over, by its recording: it goes on by itself, and need not be submitted again.
  private func unfinished() async throws -> [String: Run] {
    guard survives else { return [:] }
    var runs: [String: Run] = [:]
    for record in try await workflow.runs(.unfinished, limit: .max) {
      if let recording = record.metadata[.recording] { runs[recording] = try await workflow.run(record.id) }
    }
    return runs
  }

  /// nil where the workflow was closed before.
  private func outcome(of run: Run) async -> Result<ScoredTranscript, StageFailure>? {
    do {
      try await run.completion()
      return .success(try await run.output(of: score))
    } catch let error as TadweenError where error.code == .brokerClosed {
      return nil
    } catch {
      return .failure(StageFailure(error))
    }
  }
}

extension MetadataKey {
  /// The id of the recording that a run is for.
  fileprivate static let recording = MetadataKey("recording")
}

extension Logger {
  /// The table tells of every failure, and nothing else is to be told.
  static let silent = Logger(label: "audio-pipeline") { _ in SwiftLogNoOpLogHandler() }
}

extension StageFailure {
  /// The stage that failed first, and what its handler threw.
  fileprivate init(_ error: any Error) {
    if let failure = (error as? TadweenError)?.failures.first {
      self.init(stage: failure.stage, reason: failure.messages.joined(separator: ": "))
    } else {
      self.init(stage: "workflow", reason: "\(error)")
    }
  }
}
