/// How long a broker remembers runs that are over. One whose dead letters are to be redriven some day has to be remembered.
public struct Retention: Hashable, Sendable {
  /// How long after their end; nil: for ever.
  public var age: Duration?
  /// How many, the last submitted ones and those that somebody holds; nil: any number. A thousand, or a tenth, more may be
  /// there for a while.
  public var runs: Int?

  /// - Parameters:
  ///   - age: 30 days by default.
  ///   - runs: A million by default.
  public init(age: Duration? = .seconds(30 * 86_400), runs: Int? = 1_000_000) {
    self.age = age
    self.runs = runs
  }

  public static let forever = Retention(age: nil, runs: nil)

  /// As far as there are numbers for it.
  var longestAge: Duration? { age.map { min($0, .seconds(1 << 40)) } }
  var mostRuns: Int? { runs.map { min($0, 1 << 40) } }

  /// What cannot be meant; nil: nothing.
  var problem: String? {
    if let age, age < .zero { return "it is to remember runs for \(age): use a positive age, or nil" }
    if let runs, runs < 0 { return "it is to remember \(runs) runs: use at least 0, or nil" }
    return nil
  }
}
