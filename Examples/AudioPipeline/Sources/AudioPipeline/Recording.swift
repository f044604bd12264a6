import Foundation

/// A recording to be transcribed: what enters the pipeline.
struct Recording: Codable, Hashable, Sendable {
  /// What the table calls it: as it was named on the command line.
  var name: String
  /// Where its bytes are.
  var location: URL

  /// A recording named by a file path or a URL. A colon alone makes no URL: `take:2.wav` is a file.
  init(_ argument: String) {
    name = argument
    let url = argument.contains("://") ? URL(string: argument) : nil
    location = url ?? URL(filePath: argument)
  }

  /// A recording below a server's address.
  init(_ name: String, servedBy server: URL) {
    self.name = name
    location = server.appending(path: name)
  }

  /// The name that transcriptions know it by: the file's, without its ending.
  var identifier: String { location.deletingPathExtension().lastPathComponent }
}
