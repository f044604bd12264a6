internal import TadweenCore

/// What is said of a root that is not flat.
enum RootShape {
  static let isNoList =
    "An artifact's root encodes its properties by name, each as one value: let the compiler make its Codable conformance."

  static func isNotFlat(_ key: some CodingKey, _ type: Any.Type) -> TadweenError {
    TadweenError(
      .invalidArgument,
      "The root's property \"\(key.stringValue)\" is a \(type), which no column holds: let \(type) be a ColumnValue, or make the property an eager model."
    )
  }

  static func isNoNumber(_ key: some CodingKey) -> TadweenError {
    TadweenError(
      .invalidArgument,
      "The root's property \"\(key.stringValue)\" is not a number (NaN), which no column holds: let it be an optional, and nil."
    )
  }
}
