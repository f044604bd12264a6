import CPocketSphinx
import Foundation

/// A speech recogniser: PocketSphinx, in this process.
///
/// One instance serves one thread at a time: it is deliberately not `Sendable`, and the compiler keeps it where it was
/// made. It is a class so that its C half is freed exactly once, when the last reference goes.
@safe
final class Recogniser {
  private let decoder: OpaquePointer

  init(model: SpeechModel) throws {
    Self.silenceLog
    let options = [
      "-hmm", model.acoustics.path,
      "-dict", model.dictionary.path,
      "-lm", model.language.path,
    ]
    // The first argument of a command line is the program's name, and is skipped.
    var arguments = unsafe (["recogniser"] + options).map { unsafe strdup($0) }
    defer { unsafe arguments.forEach { unsafe free($0) } }

    // Strict parsing: a misspelt option is an error, not a silent default.
    guard let configuration = unsafe cmd_ln_parse_r(nil, ps_args(), Int32(arguments.count), &arguments, 1) else {
      throw RecogniserError("PocketSphinx does not understand its options")
    }
    // The decoder keeps a reference of its own.
    defer { _ = unsafe cmd_ln_free_r(configuration) }
    guard let decoder = unsafe ps_init(configuration) else {
      throw RecogniserError("PocketSphinx cannot load the speech model in \(model.folder.path)")
    }
    unsafe self.decoder = decoder
  }

  deinit { unsafe _ = ps_free(decoder) }

  /// The words in a recording, in lower case, in the order in which they are spoken.
  ///
  /// The recording is heard as a whole before its first word is decided. That lets the recogniser level out the
  /// speaker's voice and microphone over all of it, and costs it fewer errors than listening piece by piece would.
  func words(in samples: Samples) throws -> [String] {
    // A new stream each time: what the last recording taught about background noise does not hold for this one,
    // and the same recording gives the same words whichever came before.
    guard unsafe ps_start_stream(decoder) == 0, unsafe ps_start_utt(decoder) == 0 else {
      throw RecogniserError("PocketSphinx cannot begin to listen")
    }
    let (searchToo, isWhole): (Int32, Int32) = (0, 1)
    let frames = unsafe samples.values.withUnsafeBufferPointer { buffer in
      unsafe ps_process_raw(decoder, buffer.baseAddress, buffer.count, searchToo, isWhole)
    }
    guard unsafe ps_end_utt(decoder) == 0, frames >= 0 else {
      throw RecogniserError("PocketSphinx failed while listening")
    }
    // No hypothesis at all means that nothing was said.
    guard let hypothesis = unsafe ps_get_hyp(decoder, nil) else { return [] }
    return unsafe String(cString: hypothesis).split(separator: " ").map { $0.lowercased() }
  }

  /// PocketSphinx writes pages of log to standard error unless it is told not to, once for the whole process.
  private static let silenceLog: Void = err_set_logfp(nil)
}

/// Why speech cannot be recognised.
struct RecogniserError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
