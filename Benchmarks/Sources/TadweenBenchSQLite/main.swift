internal import Foundation
internal import Measure

/// What is measured of SQLite; `tadween-bench` starts it.
///
/// usage: tadween-bench-sqlite durable|durable-soak|repository [--items N] [--stages N] [--waiting N] [--folder PATH]
let arguments = CommandLine.arguments

func value(of option: String) -> String? {
  arguments.firstIndex(of: option).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
}

let items = value(of: "--items").flatMap { Int($0) }
let stages = value(of: "--stages").flatMap { Int($0) } ?? 3
let folder = value(of: "--folder").map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory

switch arguments.dropFirst().first {
case "durable":
  print(
    try await DurableWork(
      items: items ?? 100_000, stages: stages,
      waiting: value(of: "--waiting").flatMap { Int($0) } ?? 10 * (items ?? 100_000),
      folder: folder
    ).measure())
case "durable-soak": print(try await DurableSoak(items: items ?? 8_000_000, stages: stages, folder: folder).measure())
case "repository": print(try await RepositoryWork(items: items ?? 10_000, folder: value(of: "--folder")).measure())
default:
  print(
    "usage: tadween-bench-sqlite durable|durable-soak|repository [--items N] [--stages N] [--waiting N] [--folder PATH]"
  )
  exit(1)
}
