public protocol TaskQueue: Sendable {
  var workers: Int { get }
  func executor(ofWorker index: Int) -> (any TaskExecutor)?
  var pool: ObjectIdentifier? { get }
  func start()
  func close() async
}
public struct ConcurrentTaskQueue: TaskQueue {
  public let workers: Int
  public func executor(ofWorker index: Int) -> (any TaskExecutor)? { nil }
  public var pool: ObjectIdentifier? { nil }
  public func start() {}
  public func close() async {}
}
extension TaskQueue where Self == ConcurrentTaskQueue {
  public static func concurrent(_ n: Int) -> ConcurrentTaskQueue { .init(workers: n) }
}
