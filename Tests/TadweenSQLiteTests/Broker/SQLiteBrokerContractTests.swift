import Foundation
import Tadween
import TadweenSQLite
import TadweenTesting
import Testing

/// The public suite, on the durable broker.
@Suite(.timeLimit(.minutes(5))) struct SQLiteBrokerContractTests {
  @Test(arguments: BrokerContract.Check.allCases)
  func `in a file it keeps`(_ check: BrokerContract.Check) async throws {
    let folder = try Folder()
    let count = Locked(0)
    let contract = BrokerContract {
      let number = count.withLock { count in
        count += 1
        return count
      }
      return SQLiteBroker(path: folder.path("\(number).sqlite"))
    }
    try await contract.verify(check)
  }
}
