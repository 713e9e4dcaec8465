import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
import TestSupport

/// What is asked of a random shop: the seeds take every combination of these in turn, so that each
/// comes up whatever chance does, and the rest is dealt by chance.
struct RandomRequest {
    let mode: ExportRequest.Mode
    let observations: ExportRequest.Observations
    let split: Split
    let isSplitByTime: Bool
    let features: Features

    enum Split: CaseIterable {
        case standard, threeParts, folds
    }

    /// Where features come from, and how old they may be.
    enum Features: CaseIterable {
        case logged, ofAnyAge, ofLimitedAge
    }

    /// A row of the user's table of features.
    struct Stamped {
        var unit: String
        var at: Timestamp
        var income: Double?
    }

    init(seed: UInt64) {
        var rest = Int(seed)
        func next<Case>(_ cases: [Case]) -> Case {
            defer { rest /= cases.count }
            return cases[rest % cases.count]
        }
        mode = next(ExportRequest.Mode.allCases)
        observations = next(ExportRequest.Observations.allCases)
        split = next(Split.allCases)
        isSplitByTime = next([false, true])
        features = next(Features.allCases)
    }

    /// The experiment's key that says so.
    func splitKey(_ chance: inout SeededGenerator) -> String {
        switch split {
        case .standard: return ""
        case .threeParts: return "split: {train: 50%, eval: 30%, test: 20%}, "
        case .folds:
            // A million millionths divide by 2 and 5, and not by 3 and 7.
            return "split: {folds: \(chance.pick([2, 3, 5, 7]))}, "
        }
    }

    /// Where the time is split: at a decision or the end of its horizon, or a microsecond beside.
    func splitFrom(_ chance: inout SeededGenerator) -> Timestamp? {
        guard isSplitByTime else { return nil }
        return moment(Double(3 + chance.below(9)), chance.pick([-1, 0, 1]))
    }

    /// How old a feature may be: to the hour, as decisions are, or hardly at all.
    func timeToLive(_ chance: inout SeededGenerator) -> Span? {
        guard features == .ofLimitedAge else { return nil }
        return Span(microseconds: chance.pick([1, hour, 2 * hour, 5 * hour]))
    }

    /// The user's table: stamps at decisions and a time to live before them, or a microsecond
    /// beside. Some units have only stamps that are late, and some have none.
    func table(of units: [String], _ chance: inout SeededGenerator) -> [Stamped]? {
        guard features != .logged else { return nil }
        var rows: [Stamped] = []
        for unit in units {
            let kind = chance.below(6)
            let first = kind == 1 ? 9 : -4
            var taken: Set<Timestamp> = []
            for _ in 0..<(kind == 0 ? 0 : 1 + chance.below(4)) {
                let hours = Double(first + chance.below(14 - first))
                let at = moment(hours, chance.pick([-1, 0, 1]))
                // Which of two rows of one time counts would not be known.
                guard taken.insert(at).inserted else { continue }
                let income = chance.below(5) == 0 ? nil : Double(chance.below(8_000)) / 8
                rows.append(Stamped(unit: unit, at: at, income: income))
            }
        }
        return rows.shuffled(using: &chance)
    }
}
