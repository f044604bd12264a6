internal import Foundation
internal import GRDB
internal import Tadween

/// A literal as an argument of a statement, with the text that stands for it there.
///
/// A text with a NUL in it goes as bytes, for as a text it would end there.
struct SQLValue {
  let value: DatabaseValue
  let placeholder: String

  init(_ literal: ColumnLiteral) {
    switch literal {
    case .null: (value, placeholder) = (.null, "?")
    case .integer(let integer): (value, placeholder) = (integer.databaseValue, "?")
    case .real(let real): (value, placeholder) = (real.databaseValue, "?")
    case .text(let text) where text.utf8.contains(0):
      (value, placeholder) = (Data(text.utf8).databaseValue, "CAST(? AS TEXT)")
    case .text(let text): (value, placeholder) = (text.databaseValue, "?")
    case .bytes(let data): (value, placeholder) = (data.databaseValue, "?")
    }
  }
}

extension ColumnLiteral {
  /// What a column of this type holds; texts come as bytes.
  init(_ value: DatabaseValue, _ type: ColumnType) {
    self =
      switch value.storage {
      case .null: .null
      case .int64(let integer): .integer(integer)
      case .double(let real): .real(real)
      case .string(let text): .text(text)
      case .blob(let data): type == .text ? .text(String(decoding: data, as: UTF8.self)) : .bytes(data)
      }
  }
}
