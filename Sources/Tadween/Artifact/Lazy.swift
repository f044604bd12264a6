/// A heavy part of an artifact, loaded when it is asked for.
///
/// ```swift
/// @Lazy var transcript: Transcript?
///
/// recording.transcript                   // nil where it is absent, and where it was not loaded
/// recording.$transcript.state            // says which
/// recording.transcript = Transcript(…)   // saved with the artifact
/// recording.transcript = nil             // deleted with its next save
/// ```
/// An artifact that is saved leaves alone whatever part it has not loaded.
@propertyWrapper
public struct Lazy<Value: Codable & Sendable>: Sendable {
  public enum State: Sendable {
    /// Nobody has asked the repository for it.
    case notLoaded
    /// There is none.
    case absent
    case loaded(Value)
  }

  public private(set) var state: State

  /// A part that is not loaded.
  public init() { state = .notLoaded }

  /// A part that is there, or is absent where the value is nil.
  public init(wrappedValue: Value?) { state = wrappedValue.map(State.loaded) ?? .absent }

  /// The value, where it is loaded. To set nil is to make the part absent.
  public var wrappedValue: Value? {
    get { if case .loaded(let value) = state { value } else { nil } }
    set { state = newValue.map(State.loaded) ?? .absent }
  }

  /// The part itself, with its state.
  public var projectedValue: Self {
    get { self }
    set { self = newValue }
  }

  /// Whether the repository was asked for it, or it was set.
  public var isLoaded: Bool { if case .notLoaded = state { false } else { true } }
}

extension Lazy.State: Equatable where Value: Equatable {}
extension Lazy.State: Hashable where Value: Hashable {}
extension Lazy: Equatable where Value: Equatable {}
extension Lazy: Hashable where Value: Hashable {}
