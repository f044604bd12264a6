internal import Foundation
internal import Measure

/// What is measured of SQLite; `tadween-bench` starts it.
///
/// usage: tadween-bench-sqlite repository [--items N] [--folder PATH]
let arguments = CommandLine.arguments

func value(of option: String) -> String? {
  arguments.firstIndex(of: option).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
}

guard arguments.dropFirst().first == "repository" else {
  print("usage: tadween-bench-sqlite repository [--items N] [--folder PATH]")
  exit(1)
}
print(
  try await RepositoryWork(items: value(of: "--items").flatMap { Int($0) } ?? 10_000, folder: value(of: "--folder"))
    .measure())
