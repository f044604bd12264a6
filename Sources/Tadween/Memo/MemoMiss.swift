/// Why no stored result spared an attempt.
public struct MemoMiss: Hashable, Sendable, CustomStringConvertible {
  /// A field in which what is asked for differs from what is stored.
  public struct Difference: Hashable, Sendable, CustomStringConvertible {
    /// `version`, `options.model`, `payload.url`: a field of the key, those of the payload with dots between their names.
    public let field: String
    /// What it was when the result was stored; nil: there was no such field. Texts of a payload stand in quotation marks.
    public let stored: String?
    /// What it is now; nil: there is no such field.
    public let asked: String?

    public var description: String {
      switch (stored, asked) {
      case (let stored?, let asked?): "\(field) was \(short(stored)) and is \(short(asked))"
      case (let stored?, nil): "\(field) was \(short(stored)) and is gone"
      case (nil, let asked): "\(field) is new: \(short(asked ?? ""))"
      }
    }

    private func short(_ text: String) -> String { text.count > 60 ? "\(text.prefix(60))…" : text }
  }

  /// How the key differs from that of the stored result that is most like it, by field; empty where none is stored.
  public let differences: [Difference]
  /// What the stored result could not be read for; nil where there was none.
  public let problem: String?

  public var description: String {
    if let problem { return "its stored result could not be read: \(problem)" }
    if differences.isEmpty { return "no result of this stage is stored yet" }
    return "no result is stored for it; beside the one most like it, "
      + differences.map(\.description).joined(separator: ", ")
  }

  init(problem: any Error) {
    differences = []
    self.problem = "\(problem)"
  }

  init(of key: MemoFields, among stored: [MemoFields]) {
    let candidates = stored.map { Self.differences(of: key, from: $0) }
    differences = candidates.min { $0.count < $1.count } ?? []
    problem = nil
  }

  private static func differences(of key: MemoFields, from stored: MemoFields) -> [Difference] {
    Set(key.texts.keys).union(stored.texts.keys).sorted().compactMap { field in
      let (old, new) = (stored.texts[field], key.texts[field])
      return old == new ? nil : Difference(field: field, stored: old, asked: new)
    }
  }
}
