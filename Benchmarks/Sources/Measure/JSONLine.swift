/// One line of JSON, its fields in the order in which they were added.
package struct JSONLine: CustomStringConvertible {
  private var fields: [String] = []

  package init(_ scenario: String) { add("scenario", "\"\(scenario)\"") }

  package mutating func add(_ name: String, _ value: Int) { add(name, "\(value)") }

  /// A number with this many places behind the point.
  package mutating func add(_ name: String, _ value: Double, places: Int = 2) {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    add(name, "\((value * scale).rounded() / scale)")
  }

  package mutating func add(_ name: String, _ values: [Int]) {
    add(name, "[\(values.map(String.init).joined(separator: ","))]")
  }

  package mutating func add(_ name: String, text: String) { add(name, "\"\(text)\"") }

  private mutating func add(_ name: String, _ json: String) { fields.append("\"\(name)\":\(json)") }

  package var description: String { "{\(fields.joined(separator: ","))}" }
}
