/// How the values of a test workflow read. The handlers of the engine's tests write their outputs with these; the
/// oracle writes what it expects in the same words.
///
/// A stage's input is the text of its one argument, or of several with `, ` between them:
///
/// | argument | reads |
/// | --- | --- |
/// | the submission, at the entry | `in` |
/// | a value | the source's output |
/// | an item of a map | ``item(_:_:)`` of the source's output |
/// | a `Failure` on a failure link | ``failure(_:)`` of where it arose |
/// | a gather | ``list(_:)`` of its items in order |
/// | a quorum | ``list(_:)`` of the values that it fired with, in link order |
/// | nil, of `.ifTaken` | ``skipped`` |
/// | an `Outcome` of `.outcome` or `.atLeast` | the value alone, ``failed(_:)``, ``notTaken`` or ``cancelled`` |
enum Wording {
  static let submission = "in"
  static let skipped = "skipped"
  static let notTaken = "notTaken"
  static let cancelled = "cancelled"

  /// A stage's output: `s3[0](…)`.
  static func output(of place: Place, input: String) -> String { "\(place)(\(input))" }
  static func item(_ output: String, _ index: Int) -> String { "\(output)#\(index)" }
  static func failure(_ origin: Place) -> String { "failure(\(origin))" }
  static func failed(_ origin: Place) -> String { "failed(\(origin))" }
  static func list(_ values: [String]) -> String { "[" + values.joined(separator: ", ") + "]" }
  static func arguments(_ values: [String]) -> String { values.joined(separator: ", ") }
}
