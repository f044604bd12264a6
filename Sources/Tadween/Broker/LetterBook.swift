internal import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The runs in which something failed or is parked, so that they are found again: the newest, for memory is not to grow
/// with every failure.
///
/// It keeps where and when. What failed, and of what, is the runs' own to say.
struct LetterBook: Sendable {
  /// What is known of one run.
  struct Page: Sendable {
    let run: MemoryRun
    var failed: [Activation: Date] = [:]
    var parked: [Activation: Date] = [:]
  }

  private let limit: Int
  /// By the order in which their runs failed first.
  private var byNumber: [UInt64: Page] = [:]
  private var numbers: [ObjectIdentifier: UInt64] = [:]
  private var next: UInt64 = 0
  private var oldest: UInt64 = 0

  init(limit: Int) { self.limit = limit }

  /// The newest first.
  var pages: [Page] { byNumber.sorted { $0.key > $1.key }.map(\.value) }

  /// Returns what is known no longer, to be let go outside the lock.
  mutating func note(_ activation: Activation, of run: MemoryRun, isParked: Bool, at now: Date) -> [Page] {
    let number = numbers[ObjectIdentifier(run)] ?? next
    if number == next {
      next += 1
      numbers[ObjectIdentifier(run)] = number
    }
    if isParked {
      byNumber[number, default: Page(run: run)].parked[activation] = now
    } else {
      byNumber[number, default: Page(run: run)].failed[activation] = now
    }
    var forgotten: [Page] = []
    while byNumber.count > limit {
      if let page = byNumber.removeValue(forKey: oldest) {
        numbers[ObjectIdentifier(page.run)] = nil
        forgotten.append(page)
      }
      oldest += 1
    }
    return forgotten
  }

  /// What was redriven or decided about. A run of which nothing is left is known no longer; its caller still holds it.
  mutating func forget(_ activations: [Activation], of run: MemoryRun, onlyParked: Bool = false) {
    guard let number = numbers[ObjectIdentifier(run)] else { return }
    for activation in activations {
      if !onlyParked { byNumber[number]?.failed[activation] = nil }
      byNumber[number]?.parked[activation] = nil
    }
    guard let page = byNumber[number], page.failed.isEmpty, page.parked.isEmpty else { return }
    byNumber[number] = nil
    numbers[ObjectIdentifier(run)] = nil
  }
}
