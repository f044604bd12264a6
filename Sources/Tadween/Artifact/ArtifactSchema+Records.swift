internal import TadweenCore

/// From artifacts to what is stored of them, and back.
extension ArtifactSchema {
  /// What is to be stored: columns, eager models, and the parts that are loaded.
  func record(of model: Model) throws -> ArtifactRecord {
    var record = ArtifactRecord(id: model.root.id)
    var literals = try RootEncoder.literals(of: model.root)
    guard literals.removeValue(forKey: "id") == record.id.columnLiteral else {
      throw TadweenError(
        .invalidArgument, "\(Model.Root.self) does not encode its id as \"id\": leave that coding key as it is.")
    }
    for column in columns { record.columns[column.name] = literals.removeValue(forKey: column.name) ?? .null }
    if let missing = literals.keys.min() {
      throw TadweenError(
        .invalidArgument,
        "The root of \(Model.self) has a property \"\(missing)\", which its schema does not name: add Column(\"\(missing)\", \\.\(missing))."
      )
    }
    for eager in eager { record.eager[eager.name] = try eager.encode(model) }
    for part in parts { record.parts[part.name] = try part.encode(model) }
    return record
  }

  /// An artifact of what is stored. Parts that the record does not have are not loaded.
  func model(from record: ArtifactRecord) throws -> Model {
    var model = try make(Model.Root(from: RootDecoder(record: record, fallbacks: fallbacks)), record.eager)
    for part in parts {
      if let content = record.parts[part.name] { try part.decode(content, &model) }
    }
    return model
  }
}
