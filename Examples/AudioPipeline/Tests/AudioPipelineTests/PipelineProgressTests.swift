import Testing

@testable import AudioPipeline

@Test func progressCountsWhatRuns() {
  var progress = PipelineProgress(total: 3)
  #expect(progress.line == "0 of 3 done")
  progress.stageStarted("transcribe")
  progress.stageStarted("decode")
  progress.stageStarted("transcribe")
  #expect(progress.line == "0 of 3 done, now: decode 1, transcribe 2")
  progress.stageEnded("decode")
  progress.recordingFinished()
  #expect(progress.line == "1 of 3 done, now: transcribe 2")
}
