import Foundation
import Tadween

/// A recording to be transcribed: what enters the pipeline.
struct Recording: Codable, Hashable, Sendable {
  /// What the table calls it: as it was named on the command line.
  var name: String
  /// Where its bytes are.
  var location: URL
  /// What it is known by from one run of the program to the next.
  var id: ArtifactID

  /// A recording named by a file path or a URL. A colon alone makes no URL: `take:2.wav` is a file.
  ///
  /// - Throws: Where it has no characters, or too many to be known by.
  init(_ argument: String) throws {
    name = argument
    let url = argument.contains("://") ? URL(string: argument) : nil
    location = (url ?? URL(filePath: argument)).absoluteURL
    id = try ArtifactID(location.absoluteString)
  }

  /// A recording below a server's address, which may be another one the next time.
  init(_ name: String, servedBy server: URL) throws {
    self.name = name
    id = try ArtifactID(name)
    location = server.appending(path: name)
  }

  /// The name that transcriptions know it by: the file's, without its ending.
  var identifier: String { location.deletingPathExtension().lastPathComponent }
}
