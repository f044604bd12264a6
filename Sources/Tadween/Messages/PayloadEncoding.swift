internal import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// How a broker wants payloads that it writes down: see ``Broker/payloadEncoding``.
public struct PayloadEncoding: Sendable, Equatable {
  /// The greatest length of one encoded payload, in bytes; no limit by default.
  ///
  /// A submission with a longer one is refused, and an activation whose output is longer fails, alone: a store that can write
  /// no such row would otherwise refuse it again and again, and with it whatever is written beside it.
  public var longest: Int

  public init(longest: Int = .max) { self.longest = longest }

  /// The payload in its encoded form.
  func encode(_ payload: Payload) throws(TadweenError) -> Payload {
    let json: Data
    do { json = try payload.json() } catch { throw payload.cannotBecome("JSON", explain(error), error) }
    guard json.count <= longest else {
      throw payload.cannotBecome(
        "JSON",
        "it would have \(json.count) bytes, and this broker takes \(longest) at most: keep it in a repository, and pass its id on"
      )
    }
    return Payload(json: json)
  }
}
