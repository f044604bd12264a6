import Tadween

/// Values, as an engine would make them.
extension BrokerDriver {
  func stage(_ name: String) throws -> StageID {
    guard let stage = graph.stage(named: name) else { throw failure("the check has no stage \"\(name)\".") }
    return stage
  }

  func payload<Value: Codable & Sendable>(_ value: Value) throws -> Payload {
    let payload = Payload(value)
    return broker.payloadEncoding != nil ? Payload(encodedBytes: try payload.encodedBytes()) : payload
  }

  func success(_ output: Int, declined: [LinkID] = [], widths: [Int] = []) throws -> Ending {
    .succeeded(Success(try payload(output), declined: declined, widths: widths))
  }

  func failure(of stage: String) -> Failure {
    Failure(kind: .handler, typeName: "ContractError", messages: ["on purpose"], stage: stage)
  }

  /// What a run may be cancelled for.
  var cause: Failure { Failure(kind: .timeout, typeName: "ContractError", messages: ["too long"], stage: "") }

  func failed(_ stage: String) -> Ending { .failed(failure(of: stage)) }

  /// The only payload of a delivery.
  func number(_ delivery: Delivery) throws -> Int {
    guard case .single(let payload, _) = delivery.input else {
      throw failure("stage \"\(graph[delivery.stage].name)\" was not given one payload, but \(delivery.input).")
    }
    return try payload.converted(to: Int.self)
  }

  /// The tokens of a join as words: the number of a success, else how its parent ended.
  func words(_ delivery: Delivery) throws -> [String] {
    guard case .join(let tokens) = delivery.input else {
      throw failure("stage \"\(graph[delivery.stage].name)\" was not given tokens, but \(delivery.input).")
    }
    return try tokens.map { token in
      switch token {
      case .succeeded(let payload, _): "\(try payload.converted(to: Int.self))"
      case .caught: "caught"
      case .notTaken: "not taken"
      case .cancelled: "cancelled"
      case .failed: "failed"
      case .gathered(let items): try "\(items.map { try number($0) })"
      case nil: "nothing"
      }
    }
  }

  private func number(_ item: Token) throws -> Int {
    guard case .succeeded(let payload, _) = item else {
      throw failure("an item that succeeded was gathered as \(item).")
    }
    return try payload.converted(to: Int.self)
  }

  func failure(_ reason: String) -> BrokerContract.Failure { BrokerContract.Failure(check: check, reason: reason) }

  func require(_ isTrue: Bool, _ reason: @autoclosure () throws -> String) throws {
    if !isTrue { throw failure(try reason()) }
  }

  /// The body throws an error with this code, or any where none is named.
  func requireThrows(
    _ code: TadweenError.Code? = nil, _ what: String, _ body: () async throws -> Void
  ) async throws {
    do {
      try await body()
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      let actual = (error as? TadweenError)?.code
      return try require(code == nil || actual == code, "\(what) threw \(error), which is no \(code?.name ?? "error").")
    }
    throw failure("\(what) did not throw.")
  }
}
