/// Where an artifact's files are, below the folder of the repository.
///
/// An id becomes one name, or several that are folders in each other where it is long. Small letters, digits, `-` and `_`
/// stand for themselves, and a dot between others; each other byte is `%` with two digits. So no name leaves its folder, is
/// one that a system keeps to itself, or is the same as another where case does not count.
enum ArtifactFolder {
  /// What every file system in use allows is 255.
  private static let greatestLength = 200
  /// Ends the name of a folder that is only the beginning of an id; no id has it.
  private static let more: Character = "+"

  /// The names from the repository's folder to the artifact's.
  static func names(of id: ArtifactID) -> [String] {
    var rest = encoded(id)[...]
    var names: [String] = []
    while rest.utf8.count > greatestLength {
      names.append(String(rest.prefix(greatestLength)) + String(more))
      rest = rest.dropFirst(greatestLength)
    }
    return names + [String(rest)]
  }

  /// Whether the folder is only the beginning of an id; then the rest is in its folders.
  static func isBeginning(_ name: String) -> Bool { name.last == more }

  /// The id whose folder has these names; nil where it is nobody's.
  static func id(of names: [String]) -> ArtifactID? {
    let text = names.map { isBeginning($0) ? String($0.dropLast()) : $0 }.joined()
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    guard let id = try? ArtifactID(String(decoding: bytes, as: UTF8.self)), Self.names(of: id) == names else {
      return nil
    }
    return id
  }

  private static func encoded(_ id: ArtifactID) -> String {
    let bytes = Array(id.text.utf8)
    let isReserved = reserved.contains(id.text.prefix { $0 != "." }.lowercased())
    var name = ""
    for (place, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z") where !(isReserved && place == 0),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        name.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: ".") where place != 0 && place != bytes.count - 1: name.append(".")
      default: name += (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
      }
    }
    return name
  }

  /// Windows keeps these to itself, whatever follows a dot.
  private static let reserved: Set<String> = {
    let numbered = ["com", "lpt"].flatMap { port in (0...9).map { "\(port)\($0)" } }
    return Set(["con", "prn", "aux", "nul"] + numbered)
  }()
}
