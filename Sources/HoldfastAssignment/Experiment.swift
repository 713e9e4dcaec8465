public import HoldfastFormats

/// A question, its arms, and when it is asked.
public struct Experiment: Sendable, Hashable {
    /// Its name, unique in the catalog.
    public var name: Name
    /// What it is about, for people.
    public var description: String?
    /// The kind of unit: customer, device, shop.
    public var unit: Name
    /// The kind of cluster that is randomised in place of single units, if any.
    public var cluster: Name?
    /// The range of a layer in which its units lie, if any.
    public var slice: Slice?
    /// The enrolled share.
    public var traffic: Share
    /// Which units it is for; `nil` means all.
    public var eligible: Rule?
    /// How chance deals the enrolled units to the arms.
    public var method: Method
    /// Its arms, in the order in which they are dealt. Their shares add up to 100%.
    public var arms: [Arm]
    /// Testers: units with a forced arm.
    public var overrides: [UnitID: Name]
    /// Before this moment it has not started.
    public var starts: Timestamp?
    /// From this moment on it has ended.
    public var ends: Timestamp?
    /// How long a past treatment carries over.
    public var washout: Span
    /// The experiments whose treatments touch the same outcome.
    public var interferes: Interference
    /// What is to be learnt, if declared.
    public var outcome: Outcome?
    /// What is logged at scoring time, in declared order.
    public var features: [Feature]
    /// The parts of a retraining set. Shares add up to 100%.
    public var split: [SplitPart]
    /// How far its tables may differ and still agree.
    public var agreement: Agreement

    /// One arm and its share.
    public struct Arm: Sendable, Hashable {
        /// The arm's name; `control` is the one left alone.
        public var name: Name
        /// Its share of the enrolled units; `nil` for the control arm of a rotation or an
        /// exploration, where the others' are shares of what is not control.
        public var share: Share?
    }

    /// A half-open range of a layer's units.
    public struct Slice: Sendable, Hashable {
        /// The layer's name.
        public var layer: Name
        /// The first share that lies within.
        public var from: Share
        /// The first share that lies beyond.
        public var to: Share

        /// The share of the layer's units that lies beyond the slice.
        package var outside: Share {
            Share(millionths: to.millionths - from.millionths).rest
        }
    }

    /// Which other experiments can disturb the outcome.
    public enum Interference: Sendable, Hashable {
        case all
        case only([Name])
    }

    /// What happens to a unit, and how long that takes.
    public struct Outcome: Sendable, Hashable {
        /// The name under which outcomes are recorded.
        public var name: Name
        /// The time in which it forms, counted from the decision.
        public var horizon: Span
        /// What the absence of an outcome means once the horizon has passed; `nil` means unknown.
        public var absent: Double?
    }

    /// A value logged at scoring time.
    public struct Feature: Sendable, Hashable {
        /// Its name: a column of the retraining set.
        public var name: Name
        /// Its type.
        public var type: FeatureType
    }

    /// Columns that a retraining set has of its own: a feature of that name would hide one.
    package static let reservedColumns = [
        "id", "unit", "cluster", "experiment", "arm", "reason", "propensity", "score", "model",
        "intended", "decided_at", "decision", "split", "weight", "label",
    ]

    /// One part of a retraining set.
    public struct SplitPart: Sendable, Hashable {
        /// `train`, `eval`, or another name: the file's.
        public var name: Name
        /// Its share of the clusters, or else of the units.
        public var share: Share
    }
}

/// The type of a feature.
public enum FeatureType: String, CaseIterable, Sendable, Hashable {
    /// A finite double.
    case number
    /// A whole number of 64 bits.
    case integer
    /// A text.
    case category
    /// True or false.
    case boolean
}

/// Units withheld from several experiments for long, so that all models can be judged together.
public struct Holdout: Sendable, Hashable {
    /// Its name, unique in the catalog.
    public var name: Name
    /// The kind of unit, the same as that of every experiment it covers.
    public var unit: Name
    /// The share withheld.
    public var share: Share
    /// The experiments that it covers.
    public var covers: Coverage

    /// The experiments that a holdout covers.
    public enum Coverage: Sendable, Hashable {
        case all
        case only([Name])
    }

    /// Whether units are withheld from this experiment.
    public func covers(_ experiment: Name) -> Bool {
        switch covers {
        case .all: true
        case .only(let names): names.contains(experiment)
        }
    }
}

/// A set of experiments that share units exclusively: none of them shares a unit with another.
public struct Layer: Sendable, Hashable {
    /// Its name, unique in the catalog.
    public var name: Name
    /// The kind of unit, the same as that of every experiment in it.
    public var unit: Name
}

/// A length of time in whole microseconds.
///
///     Span("30d")?.microseconds   // 2592000000000
public struct Span: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Its microseconds; never negative.
    public let microseconds: Int64

    /// No time at all.
    public static let zero = Span(microseconds: 0)

    /// A span of so many microseconds.
    public init(microseconds: Int64) {
        precondition(microseconds >= 0, "a span is not negative")
        self.microseconds = microseconds
    }

    /// Reads a whole number of weeks, days, hours, minutes or seconds: `2w`, `30d`, `6h`, `30m`,
    /// `45s`; `nil` if it is none, or longer than 100 years.
    public init?(_ text: String) {
        let digits = text.utf8.dropLast()
        guard let letter = text.utf8.last, (1...10).contains(digits.count),
            digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let count = Int64(text.dropLast()),
            let seconds = Span.units.first(where: { $0.letter == letter })?.seconds,
            count * seconds <= 100 * 366 * 86_400
        else { return nil }
        microseconds = count * seconds * 1_000_000
    }

    private static let units: [(letter: UInt8, seconds: Int64)] = [
        (UInt8(ascii: "w"), 604_800), (UInt8(ascii: "d"), 86_400), (UInt8(ascii: "h"), 3_600),
        (UInt8(ascii: "m"), 60), (UInt8(ascii: "s"), 1),
    ]

    public static func < (one: Span, other: Span) -> Bool { one.microseconds < other.microseconds }

    /// The span in the largest unit that holds it whole, weeks aside: `30d`.
    public var description: String {
        let seconds = microseconds / 1_000_000
        for unit in Span.units.dropFirst() where seconds % unit.seconds == 0 {
            return "\(seconds / unit.seconds)\(Character(Unicode.Scalar(unit.letter)))"
        }
        return "\(seconds)s"
    }
}
