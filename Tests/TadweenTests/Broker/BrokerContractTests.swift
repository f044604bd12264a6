import Foundation
import Tadween
import TadweenTesting
import Testing

/// The public suite, on every broker that there is.
@Suite(.timeLimit(.minutes(5))) struct BrokerContractTests {
  @Test(arguments: BrokerKind.allCases, BrokerContract.Check.allCases)
  func `in memory it keeps`(_ kind: BrokerKind, _ check: BrokerContract.Check) async throws {
    try await BrokerContract { kind.make() }.verify(check)
  }

  @Test(arguments: BrokerContract.Check.allCases)
  func `the article's broker keeps`(_ check: BrokerContract.Check) async throws {
    try await BrokerContract { LedgerBroker() }.verify(check)
  }

  @Test(arguments: BrokerKind.allCases) func `a broker that fails before it commits survives`(_ kind: BrokerKind)
    async throws
  {
    let contract = BrokerContract(failNextCommit: { ($0 as? FlakyBroker)?.fail(.commit) }) { FlakyBroker(kind.make()) }
    try await contract.verify(.survivesACommitThatThrows)
  }

  @Test func `nothing is reported about a good broker`() async throws {
    #expect(try await BrokerContract { LedgerBroker() }.verifyAll().isEmpty)
  }

  /// Otherwise the suite would be run on something that no reader sees.
  @Test func `the broker that is tested is the article's`() throws {
    let article = try Document(path: "Sources/Tadween/Documentation.docc/WritingABroker.md").fences("swift").text
    let path = Document.package.appending(path: "Tests/TadweenTests/Support/LedgerBroker.swift")
    let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("//") }
    var rest = article.split(separator: "\n")[...]
    for line in lines {
      let place = try #require(rest.firstIndex(of: line), "the article does not say, at this place: \(line)")
      rest = rest[(place + 1)...]
    }
  }
}
