import Glibc

/// When something changed: evidence that forgets what lies before the change.
///
///     var detector = EDetector(form: .shiryaevRoberts, averageRunLength: 100)
///     for _ in 0..<50 { detector.add(logIncrement: -0.1) }   // nothing: evidence fades
///     for _ in 0..<10 { detector.add(logIncrement: 0.4) }    // then each step speaks for a change
///     detector.logValue       // 6.5194…
///     detector.isAlarming     // true: ln 100 is 4.605
///
/// An increment L is what a bet of 1 grew to in one step, 1 on average at most while nothing has
/// changed. M ← L(M + 1) adds a bet that starts now to all that started before (A. N. Shiryaev,
/// 1963; S. W. Roberts, 1966), M ← L·max(M, 1) keeps the best of them (E. S. Page, 1954). Without a
/// change the mean of M after any number of steps is that number at most, so that a first M ≥ A
/// comes after A steps or more on average: J. Shin, A. Ramdas and A. Rinaldo, "E-detectors: a
/// nonparametric framework for sequential change detection" (2024). In logarithms: nothing
/// overflows.
///
/// The mean of several detectors' values (``LogMean``) is held to the same run length.
package struct EDetector: Sendable, Equatable {
    /// Which starting points of a change count.
    package enum Form: String, Sendable, CaseIterable {
        /// All of them, added up: sooner for a change of unknown size.
        case shiryaevRoberts = "shiryaev-roberts"
        /// The best one alone, never above the other: easier to read as "since when".
        case cusum
    }

    /// Which starting points of a change count.
    package let form: Form
    /// The steps, on average, to a first false alarm at least.
    package let averageRunLength: Double
    /// The logarithm of the evidence; −∞ at the start.
    package private(set) var logValue: Double

    /// A detector that has seen nothing, or one that goes on from its ``logValue``.
    ///
    /// - Parameters:
    ///   - averageRunLength: 1 or more, in the steps that ``add(logIncrement:)`` takes.
    ///   - logValue: no NaN; −∞ for a start.
    package init(form: Form, averageRunLength: Double, logValue: Double = -.infinity) {
        precondition(averageRunLength >= 1 && averageRunLength.isFinite, "a run length from 1")
        precondition(!logValue.isNaN, "evidence is a number")
        self.form = form
        self.averageRunLength = averageRunLength
        self.logValue = logValue
    }

    /// Takes one step, by the logarithm of its increment: 0 for a step that says nothing.
    package mutating func add(logIncrement: Double) {
        precondition(!logIncrement.isNaN, "an increment is a number")
        // A bet that lost all is lost, however large it was.
        guard logIncrement > -.infinity else { return logValue = -.infinity }
        switch form {
        case .shiryaevRoberts:
            let started = logValue > 0 ? logValue + log1p(exp(-logValue)) : log1p(exp(logValue))
            logValue = logIncrement + started
        case .cusum:
            logValue = logIncrement + max(logValue, 0)
        }
    }

    /// Whether the evidence has reached the run length.
    package var isAlarming: Bool { logValue >= log(averageRunLength) }
}
