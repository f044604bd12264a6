import Foundation
import Tadween

/// A recording as the recogniser wants to hear it.
struct Speech: Codable, Sendable {
  var recording: Recording
  var samples: Samples
}

/// Turns a file's bytes into samples: 16 kHz, one channel, whatever the file was recorded at.
///
/// Sound files say what they are in their first bytes, so the name does not matter, with one exception: a `.raw`
/// file has no header, and holds samples that are already in the recogniser's format.
struct DecodeHandler: Handler {
  func run(_ file: AudioFile, context: HandlerContext) async throws -> Speech {
    let isHeaderless = file.recording.location.pathExtension.lowercased() == "raw"
    let bytes = [UInt8](file.bytes)
    let samples = isHeaderless ? try Samples(raw: bytes) : try Samples(wav: WAVFile(bytes))
    guard !samples.values.isEmpty else { throw AudioError("the file holds no sound: it is 0 seconds long") }
    return Speech(recording: file.recording, samples: samples)
  }
}
