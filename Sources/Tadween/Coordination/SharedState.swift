/// What the stages of a workflow agree on while they work: typed values, each under a key of its own.
///
/// ```swift
/// extension StateKey where Value == Bool { static let rateLimited = StateKey("rateLimited", default: false) }
///
/// workflow.state.update { $0[.rateLimited] = true }
/// ```
/// It lives in this process and is not durable. Whatever waits for it, by a ``Deferral``, is looked at after each update.
public final class SharedState: Sendable {
  private struct State: Sendable {
    var values = StateValues()
    var version: UInt64 = 0
    var observer: Observer?
  }

  /// Told of the values after each update, with a number that grows: one that is told late must not undo a later one.
  typealias Observer = @Sendable (StateValues, UInt64) -> Void

  private let state = Locked(State())

  init() {}

  public subscript<Value>(key: StateKey<Value>) -> Value { values[key] }

  /// All values as they are at this moment.
  public var values: StateValues { state.withLock { $0.values } }

  /// Changes values, as one step that nobody sees the middle of.
  ///
  /// The body is called again where another update came between, so it does nothing but change what it is given.
  public func update(_ body: (inout StateValues) -> Void) {
    while true {
      let (before, version) = state.withLock { ($0.values, $0.version) }
      var values = before
      body(&values)
      let (isDone, observer) = state.withLock { state -> (Bool, Observer?) in
        guard state.version == version else { return (false, nil) }
        state.values = values
        state.version += 1
        return (true, state.observer)
      }
      guard isDone else { continue }
      observer?(values, version + 1)
      return
    }
  }

  /// Has an observer told of every update from now on, and of how things are now.
  func observe(_ observer: Observer?) {
    let (values, version) = state.withLock { state in
      state.observer = observer
      return (state.values, state.version)
    }
    observer?(values, version)
  }
}

/// Values by key, at one moment.
public struct StateValues: Sendable {
  private struct Name: Hashable, Sendable {
    let name: String
    let type: ObjectIdentifier
  }

  private var values: [Name: any Sendable] = [:]

  init() {}

  /// The key's default where nothing was set.
  public subscript<Value>(key: StateKey<Value>) -> Value {
    get { values[name(of: key)] as? Value ?? key.defaultValue }
    set { values[name(of: key)] = newValue }
  }

  private func name<Value>(of key: StateKey<Value>) -> Name {
    Name(name: key.name, type: ObjectIdentifier(Value.self))
  }
}

/// Names a value of a workflow's ``SharedState``. Two keys of one name and one type are the same.
public struct StateKey<Value: Sendable>: Sendable {
  public let name: String
  public let defaultValue: Value

  public init(_ name: String, default defaultValue: Value) {
    self.name = name
    self.defaultValue = defaultValue
  }
}
