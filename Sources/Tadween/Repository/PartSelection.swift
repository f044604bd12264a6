internal import TadweenCore

/// Which parts of an artifact are to be loaded: `.none`, `.all`, or a list of them, `[\.$transcript]`.
public struct PartSelection<Model: Artifact>: Sendable, ExpressibleByArrayLiteral {
  private enum Kind: Sendable {
    case all
    case some([any PartialKeyPath<Model> & Sendable])
  }
  private let kind: Kind

  public static var none: Self { [] }
  public static var all: Self { Self(kind: .all) }

  private init(kind: Kind) { self.kind = kind }
  public init(arrayLiteral parts: any PartialKeyPath<Model> & Sendable...) { kind = .some(parts) }

  var names: Set<String> {
    switch kind {
    case .all: Set(Model.schema.parts.map(\.name))
    case .some(let paths): Set(paths.map { Model.schema.part(at: $0).name })
    }
  }
}

extension ArtifactSchema {
  /// The part at a key path. One that is no part stops the program: the schema is code, and so is this.
  func part(at path: any AnyKeyPath & Sendable) -> AnyPart<Model> {
    guard let part = parts.first(where: { $0.path == path }) else { Self.noPart() }
    return part
  }

  func typedPart<Value>(at path: any WritableKeyPath<Model, Lazy<Value>> & Sendable) -> Part<Model, Value> {
    guard let part = part(at: path).part(of: Value.self) else { Self.noPart() }
    return part
  }

  private static func noPart() -> Never {
    preconditionFailure(
      "The schema of \(Model.self) has no Part for what is asked for; name it with a dollar: \\.$transcript.")
  }
}
