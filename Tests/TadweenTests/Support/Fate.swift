import Tadween

/// What becomes of one parent of a join, or of one item of a map.
enum Fate: String, Codable, Sendable {
  case succeeds, fails
  /// A condition leaves it out.
  case isLeftOut
}

extension Run {
  /// What came of a sink, and of the run: the sink's output, `not taken`, or the stages whose failures surfaced.
  func story(of sink: StageReference<String, String>) async throws -> String {
    switch try await end().outcome {
    case .failed(let failures): return "failed: \(failures.map(\.stage).joined(separator: " "))"
    case .cancelled: return "cancelled"
    case .succeeded:
      do {
        return try await output(of: sink)
      } catch let error as TadweenError where error.code == .noOutput {
        return "not taken"
      }
    }
  }
}

extension Outcome where Value == String {
  /// The value, or one word for how there is none.
  var word: String {
    switch self {
    case .succeeded(let value): value
    case .failed(let failure): "\(failure.stage)!"
    case .notTaken: "-"
    case .cancelled: "x"
    }
  }
}
