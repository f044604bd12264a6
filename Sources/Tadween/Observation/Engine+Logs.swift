internal import Logging
internal import TadweenCore

/// What an engine logs of the ordinary course of things. Never payloads; its keys are listed in the article on observing.
extension Engine {
  func logSubmission(of runs: [NewRun]) {
    // Asked first, for most programs log no such detail, and what is not logged should cost nothing.
    guard logger.logLevel <= .debug else { return }
    for run in runs {
      logger.debug(
        "a run was submitted", metadata: ["tadween.run": "\(run.id)", "tadween.stage": "\(graph[run.entry].name)"])
    }
  }

  /// Attempts have ended, and that is recorded.
  func log(_ transitions: [Transition], _ result: CommitResult, of stage: StageRuntime, retried: Int) {
    guard retried > 0 || stage.logger.logLevel <= .debug else { return }
    for (position, transition) in transitions.enumerated() where !result.stale.contains(position) {
      let logger = stage.logger(for: transition.delivery)
      let ending = transition.ending
      if case .retried(let retry) = ending, !result.cut.contains(position) {
        var metadata: Logger.Metadata = ["tadween.delay": "\(retry.history.delay)"]
        if let failure = ending.failure {
          metadata["tadween.error"] = "\(failure)"
          logger.warning("an attempt failed and is made again", metadata: metadata)
        } else {
          logger.debug("an attempt was put off", metadata: metadata)
        }
      } else {
        let outcome = result.cut.contains(position) ? "cancelled" : ending.outcomeName
        var metadata: Logger.Metadata = ["tadween.outcome": "\(outcome)"]
        if let failure = ending.failure { metadata["tadween.error"] = "\(failure)" }
        logger.debug("an attempt ended", metadata: metadata)
      }
    }
  }

  /// The graph is another than the one that the broker's runs were made for.
  func log(_ recovery: Recovery) {
    for change in recovery.changes { logger.notice("the graph has changed: \(change)") }
    for unfit in recovery.unfit { logger.error("\(unfit)", metadata: ["tadween.run": "\(unfit.run)"]) }
  }

  func log(_ ends: [RunEnd]) {
    let isDetailed = logger.logLevel <= .debug
    for end in ends {
      switch end.outcome {
      case .failed(let failures):
        let reasons = failures.map(\.description) + end.shortfalls.map(\.description)
        logger.error(
          "a run failed",
          metadata: ["tadween.run": "\(end.run)", "tadween.error": "\(reasons.joined(separator: "; "))"])
      case .succeeded where isDetailed:
        logger.debug("a run is complete", metadata: ["tadween.run": "\(end.run)", "tadween.outcome": "succeeded"])
      case .cancelled where isDetailed:
        logger.debug("a run is complete", metadata: ["tadween.run": "\(end.run)", "tadween.outcome": "cancelled"])
      case .succeeded, .cancelled: break
      }
    }
  }
}

extension StageRuntime {
  /// An attempt has ended at its deadline, and its handler has not returned.
  func logOverrun(of delivery: Delivery, _ timeout: Duration) {
    logger(for: delivery).warning(
      "an attempt has reached its deadline; its worker is free when its handler returns",
      metadata: ["tadween.timeout": "\(timeout)"])
  }
}
