import Foundation

/// The files that a recogniser learns a language from: how its sounds sound, how its words are pronounced, and which
/// words follow which.
struct SpeechModel: Sendable {
  let folder: URL
  let acoustics, dictionary, language: URL

  /// The stock model of US English in a folder laid out as Debian's package `pocketsphinx-en-us` does.
  init(folder: URL) throws {
    self.folder = folder
    acoustics = folder.appending(path: "en-us")
    dictionary = folder.appending(path: "cmudict-en-us.dict")
    language = folder.appending(path: "en-us.lm.bin")
    for file in [acoustics, dictionary, language] where !FileManager.default.fileExists(atPath: file.path) {
      throw RecogniserError(
        "there is no speech model in \(folder.path): \(file.lastPathComponent) is missing "
          + "(on Debian: apt-get install pocketsphinx-en-us)")
    }
  }
}
