import Foundation
import Testing

@testable import Tadween

@Suite struct ColumnValueTests {
  private func survives<Value: ColumnValue & Equatable>(_ values: Value...) {
    for value in values { #expect(Value(columnLiteral: value.columnLiteral) == value) }
  }

  @Test func valuesComeBackAsTheyWere() {
    survives(Int.min, 0, Int.max)
    survives(UInt64.min, UInt64.max)
    survives(Int8.min, Int8.max)
    survives(0.0, -0.0, .infinity, 1e-300)
    survives(Float(0.1))
    survives(true, false)
    survives("", "a\0b", "👩🏽‍🚀")
    survives(Date(timeIntervalSince1970: 0.125))
    survives(UUID())
    survives(Data([0, 255]))
    survives(Recording.Status.done)
    survives(Int?.none, 5)
    survives("id" as ArtifactID)
  }

  @Test func whatIsOfAnotherTypeIsNoValue() {
    #expect(Int(columnLiteral: .text("1")) == nil)
    #expect(Int8(columnLiteral: .integer(1000)) == nil)
    #expect(Bool(columnLiteral: .integer(2)) == nil)
    #expect(Recording.Status(columnLiteral: .text("gone")) == nil)
    #expect(ArtifactID(columnLiteral: .text("")) == nil)
    #expect(Int(columnLiteral: .null) == nil && UUID(columnLiteral: .text("x")) == nil)
    #expect(Date(columnLiteral: .null) == nil && Double(columnLiteral: .null) == nil)
  }
}
