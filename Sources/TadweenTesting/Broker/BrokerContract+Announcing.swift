import Tadween

/// What an observer may do while it is called.
extension BrokerContract {
  func knowsTheEndBeforeItTells() async throws {
    try await announcing(.knowsTheEndBeforeItTells) { _, ticket in
      ticket.end == nil ? "its ticket did not know the end when a run was announced." : nil
    }
  }

  func announcesOutsideItsLocks() async throws {
    try await announcing(.announcesOutsideItsLocks) { driver, _ in
      let run = try await driver.start(try driver.payload(2), at: "a")
      _ = try await driver.next(at: "a", of: run.run)
      try await driver.cancel(run)
      return run.end == nil ? "a run that was cancelled from inside a callback has no end." : nil
    }
  }

  /// Completes a run, and holds its announcement up until a task has done something and says what is wrong.
  ///
  /// Both on threads of their own: an observer must not block the pool, which this one does.
  private func announcing(
    _ check: Check, _ body: @escaping @Sendable (BrokerDriver, any RunTicket) async throws -> String?
  ) async throws {
    let threads = ThreadTaskQueue(workers: 2)
    try threads.start()
    do {
      try await drive(check, ContractGraph.line()) { driver in
        let ticket = try await driver.start(try driver.payload(1), at: "a")
        try await driver.work(at: "a")
        let last = Transition(of: try await driver.begin(at: "b"), try driver.success(1))
        let answer = Monitor<Result<String?, any Error>?>(nil)
        driver.log.react { _ in
          // Unstructured: a callback cannot wait for a task in any other way.
          Task(executorPreference: threads.executor(ofWorker: 1)) {
            do { answer.settle(.success(try await body(driver, ticket))) } catch { answer.settle(.failure(error)) }
          }
          answer.wait { $0.map { _ in () } }
        }
        try await withTaskCancellationHandler {
          try await withTaskExecutorPreference(threads.executor(ofWorker: 0)) { _ = try await driver.commit([last]) }
        } onCancel: {
          // Patience is over: lets the callback go, and with it the lock that the task waits for.
          answer.settle(.failure(CancellationError()))
        }
        try await driver.log.end(of: ticket.run)
        let problem = try answer.withLock { try $0?.get() }
        if let problem { throw driver.failure(problem) }
      }
    } catch {
      threads.abandon()
      throw error
    }
    await threads.close()
  }
}

extension Monitor<Result<String?, any Error>?> {
  /// The first answer counts.
  fileprivate func settle(_ answer: Result<String?, any Error>) {
    withLock { $0 = $0 ?? answer }
    wakeAll()
  }
}
