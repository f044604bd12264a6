import FlyingFox
import FlyingSocks
import Foundation

/// Serves a folder over HTTP, on loopback and a port that is free, for as long as the body runs.
func withFileServer(of folder: URL, _ body: (URL) async throws -> Void) async throws {
  let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0), logger: .disabled)
  await server.appendRoute("GET *", to: DirectoryHTTPHandler(root: folder))

  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await server.run() }
    try await server.waitUntilListening()
    guard case .ip4(_, let port) = await server.listeningAddress, let address = URL(string: "http://127.0.0.1:\(port)")
    else { preconditionFailure("a server that listens has an address") }
    try await body(address)
    group.cancelAll()
  }
}
