/// How many of a stage's attempts may be retries: what keeps a stage whose every attempt fails from doing its work several
/// times over.
///
/// ```swift
/// options: .init(retry: .exponential(maxAttempts: 5).within(RetryBudget(share: 0.2)))
/// ```
/// Each first attempt pays a share of a retry in, and each retry takes a whole one out; where there is none left, a failure is
/// final. The idea is that of Finagle's `RetryBudget` (Twitter), without its memory of time.
public struct RetryBudget: Hashable, Sendable {
  /// How many retries each first attempt pays for.
  public let share: Double
  /// How many there are to begin with.
  public let reserve: Int
  /// How many can be saved up.
  public let greatest: Int

  /// - Parameters:
  ///   - share: How many retries each first attempt pays for; 0.2: one for five of them.
  ///   - reserve: How many there are to begin with; 10 by default.
  ///   - greatest: How many can be saved up; 100 by default.
  public init(share: Double, reserve: Int = 10, greatest: Int = 100) {
    self.share = share
    self.reserve = reserve
    self.greatest = greatest
  }

  /// What makes it unusable, with the remedy; nil: nothing.
  var problem: String? {
    if !share.isFinite || share < 0 { return "its budget's share is \(share); use a number from 0" }
    if reserve < 0 { return "its budget's reserve is \(reserve); use no less than 0" }
    if greatest < max(reserve, 1) { return "its budget saves up \(greatest); use no less than 1 and than its reserve" }
    return nil
  }
}

/// What is left of a retry budget.
package struct RetryAccount: Sendable {
  private let budget: RetryBudget
  private var balance: Double

  package init(_ budget: RetryBudget) {
    self.budget = budget
    balance = Double(budget.reserve)
  }

  /// A first attempt begins.
  package mutating func payIn() { balance = min(balance + budget.share, Double(budget.greatest)) }

  /// Takes a retry out; false where there is none.
  package mutating func takeOut() -> Bool {
    // Five fifths are one, whatever a sum of floating-point numbers makes of them.
    guard balance >= 1 - 1e-9 else { return false }
    balance -= 1
    return true
  }
}
