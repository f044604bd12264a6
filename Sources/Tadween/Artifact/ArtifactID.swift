public import TadweenCore

/// What an artifact is known by: any text of 1 to 512 bytes in UTF-8 without control characters.
///
/// ```swift
/// let id: ArtifactID = "lectures/2026-03-01.wav"
/// let other = try ArtifactID(name)          // throws where `name` cannot be an id
/// ```
/// Two ids are the same where their bytes are: case counts, and so does the way in which an accent is written. A slash, `..`
/// or a name that some system reserves is as good as any other; a repository that keeps files encodes it.
public struct ArtifactID: Sendable {
  /// The longest id, in bytes of UTF-8.
  public static let greatestLength = 512

  /// The id as text.
  public let text: String

  /// - Throws: ``TadweenError`` with the code `invalidArgument` where the text is empty, longer than ``greatestLength``, or
  ///   has a control character in it.
  public init(_ text: String) throws(TadweenError) {
    if let problem = Self.problem(with: text) { throw TadweenError(.invalidArgument, problem) }
    self.text = text
  }

  private static func problem(with text: String) -> String? {
    let length = text.utf8.count
    if length == 0 { return "An artifact's id is empty; give it a text of 1 to \(greatestLength) bytes." }
    if length > greatestLength {
      return "An artifact's id has \(length) bytes, and may have \(greatestLength): \"\(text.prefix(40))…\"."
    }
    guard let control = text.unicodeScalars.first(where: isControl) else { return nil }
    return
      "The artifact's id \"\(text.filter { $0 >= " " })\" has the control character \(Self.name(of: control)) in it; leave it out."
  }

  /// C0, DEL and C1: all that Unicode calls a control, without looking each up.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
  }

  private static func name(of scalar: Unicode.Scalar) -> String {
    "U+" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16, uppercase: true)
  }
}

extension ArtifactID: Hashable, Comparable {
  // `String` holds texts equal that differ in their bytes; no file system and no database does.
  public static func == (a: Self, b: Self) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
  /// By bytes.
  public static func < (a: Self, b: Self) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }

  public func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}

extension ArtifactID: ExpressibleByStringLiteral {
  /// An id that the program names. Stops the program where it cannot be one.
  public init(stringLiteral text: String) {
    if let problem = Self.problem(with: text) { preconditionFailure(problem) }
    self.text = text
  }
}

extension ArtifactID: CustomStringConvertible {
  public var description: String { text }
}

/// As its text.
extension ArtifactID: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    if let problem = Self.problem(with: text) {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: problem)
    }
    self.text = text
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
