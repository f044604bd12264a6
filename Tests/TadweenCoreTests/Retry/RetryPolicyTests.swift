import TadweenCore
import Testing

@Suite("R10: a retry policy") struct RetryPolicyTests {
  struct Trouble: Error {}

  private func decide(
    _ policy: RetryPolicy, _ kind: Failure.Kind = .handler, attempt: Int = 1, elapsed: Duration = .zero,
    random: Constant = Constant(bits: 0)
  ) -> RetryPolicy.Decision {
    var random = random
    let failure = Failure(kind: kind, typeName: "Trouble", messages: [], stage: "a", attempt: attempt)
    return policy.decide(
      .init(failure: failure, error: Trouble(), attempt: attempt, elapsed: elapsed), random: &random)
  }

  /// Gives the same bits each time.
  struct Constant: RandomNumberGenerator {
    let bits: UInt64
    mutating func next() -> UInt64 { bits }
  }

  @Test("none never retries") func none() {
    #expect(decide(.none) == .fail)
  }

  @Test("fixed retries after the same time, up to the last attempt") func fixed() {
    let policy = RetryPolicy.fixed(.seconds(2), maxAttempts: 3)
    #expect(
      [1, 2, 3, 4].map { decide(policy, attempt: $0) } == [
        .retry(after: .seconds(2)), .retry(after: .seconds(2)), .fail, .fail,
      ])
  }

  @Test("exponential draws from nought to a limit that doubles up to the cap") func exponential() {
    let policy = RetryPolicy.exponential(maxAttempts: 1_000_000, base: .seconds(1), cap: .seconds(60))
    let least = Constant(bits: 0)
    let most = Constant(bits: .max)
    for (attempt, limit) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (100, 60), (999_999, 60)] {
      #expect(decide(policy, attempt: attempt, random: least) == .retry(after: .zero))
      guard case .retry(let delay) = decide(policy, attempt: attempt, random: most) else {
        Issue.record("attempt \(attempt) was not retried")
        continue
      }
      #expect(abs(delay / .seconds(limit) - 1) < 1e-9)
    }
    #expect(decide(policy, attempt: 1_000_000) == .fail)
  }

  @Test("exponential spreads what failed together") func jitter() {
    let policy = RetryPolicy.exponential(maxAttempts: 2)
    var random = SystemRandomNumberGenerator()
    let failure = Failure(kind: .handler, typeName: "Trouble", messages: [], stage: "a")
    let situation = RetryPolicy.Situation(failure: failure, error: Trouble(), attempt: 1, elapsed: .zero)
    var thirds: [Int: Int] = [:]
    for _ in 0..<3_000 {
      guard case .retry(let delay) = policy.decide(situation, random: &random) else { continue }
      thirds[min(2, Int(delay / .seconds(1) * 3)), default: 0] += 1
    }
    #expect(thirds.count == 3 && thirds.values.allSatisfy { $0 > 800 })
  }

  @Test("only handlers and timeouts are retried unless it is said otherwise, and an input that does not fit never is")
  func kinds() {
    let policy = RetryPolicy.fixed(.zero, maxAttempts: 2)
    let kinds: [Failure.Kind] = [.handler, .timeout, .policy, .transform, .routing, .inputValidation]
    #expect(kinds.map { decide(policy, $0) == .fail } == [false, false, true, true, true, true])
    let all = policy.onlyFor(Set(kinds))
    #expect(kinds.map { decide(all, $0) == .fail } == [false, false, false, false, false, true])
    #expect(decide(policy.onlyFor([.timeout]), .handler) == .fail)
  }

  @Test("a closure decides from all there is to know") func custom() {
    let policy = RetryPolicy.custom { situation in
      if situation.failure.kind == .policy { return .snooze(for: .seconds(9)) }
      guard situation.error is Trouble, situation.elapsed < .seconds(10) else { return .fail }
      return .retry(after: .seconds(situation.attempt))
    }
    #expect(decide(policy, attempt: 3) == .retry(after: .seconds(3)))
    #expect(decide(policy, attempt: 3, elapsed: .seconds(10)) == .fail)
    #expect(decide(policy, .policy) == .snooze(for: .seconds(9)))
    #expect(decide(policy, .inputValidation) == .fail)
  }
}
