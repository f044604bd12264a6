/// Why bytes are no sound that can be used, as a sentence for the recording's row in the table.
struct AudioError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }

  /// Says what a file is instead of a WAV file, as far as its first bytes tell.
  init(notWAV bytes: [UInt8]) {
    if bytes.isEmpty {
      description = "this is no audio: the file is empty"
    } else if let (_, format) = Self.otherFormats.first(where: { bytes.starts(with: $0.0.utf8) }) {
      description = "\(format) is not supported; convert it to WAV first"
    } else {
      description = "this is no audio: a WAV file begins with RIFF…WAVE, this one with \(Self.preview(of: bytes))"
    }
  }

  /// Sound in other containers, by the signatures that their files begin with.
  private static let otherFormats = [
    ("fLaC", "FLAC"), ("OggS", "Ogg"), ("ID3", "MP3"), ("FORM", "AIFF"), ("caff", "Core Audio"),
    ("NIST_1A", "NIST SPHERE"),
  ]

  /// The first bytes as text if they are text, else in hexadecimal.
  private static func preview(of bytes: [UInt8]) -> String {
    let start = bytes.prefix(8)
    if start.allSatisfy({ (0x20..<0x7F).contains($0) }) { return "“\(String(decoding: start, as: UTF8.self))”" }
    return start.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
