public import HoldfastFormats

/// How chance deals the units that are enrolled in an experiment to its arms.
public enum Method: Sendable, Hashable {
    /// By the arms' shares, once and for ever.
    case shares
    /// By a rotating panel: each unit is control for a while, and then rests.
    case rotation(Rotation)
    /// With a control share that depends on the model's score; bands in ascending order.
    case exploration([Band])
    /// Anew for each block of time, by the arms' shares.
    case switchback(Switchback)
    /// By another system's hash, so that its units stay where they are.
    case compatible(Compatibility)

    /// One band of scores in an exploration.
    public struct Band: Sendable, Hashable {
        /// The least score that is beyond the band; `nil` for the last, which holds all others.
        public var below: Double?
        /// The share of control among units with such a score.
        public var control: Share
    }
}

/// A rotating panel: units are split into panels by the hash, and at any time some consecutive
/// panels are control.
///
///     rotate: {panels: 50, stay: 2, every: 30d, from: 2026-01-01}
///
/// Panel *p* is control in period *t* where (*p* − *t*) mod panels is less than `stay`: for `stay`
/// periods on end, and then not before all others had their turn. In every period one panel leaves
/// and one joins, so that `stay` panels are control at any moment. Nothing is stored. Rotating
/// panels are those of labour force surveys (Patterson, "Sampling on successive occasions with
/// partial replacement of units", 1950).
public struct Rotation: Sendable, Hashable {
    /// The number of panels, 2 to ``panelLimit``.
    public var panels: Int
    /// The periods for which a panel is control, at least 1 and fewer than the panels.
    public var stay: Int
    /// The length of a period.
    public var every: Span
    /// The beginning of period 0. Periods before it have negative numbers.
    public var from: Timestamp

    /// The most panels: a bucket times the panels must stay below 2^63, in every engine.
    public static let panelLimit = 1_000

    /// The period in which a moment lies.
    package func period(at time: Timestamp) -> Int64 {
        let (elapsed, overflow) = time.microseconds.subtractingReportingOverflow(from.microseconds)
        // 292,000 years from `from`: no period that anybody counts.
        return floorDivision(
            overflow ? (time > from ? .max : .min) : elapsed, by: every.microseconds)
    }

    /// A bucket's panel, and its place within the panel as a bucket again, from 0 to 2^52 − 1.
    package func panel(of bucket: UInt64) -> (panel: Int, rest: UInt64) {
        let product = bucket * UInt64(panels)
        return (Int(product / Bucket.count), product % Bucket.count)
    }

    /// How many periods a panel is control from this one on, if it is: 1 to `stay`; else `nil`.
    package func periodsLeft(panel: Int, period: Int64) -> Int? {
        let place = floorRemainder(Int64(panel) &- period, by: Int64(panels))
        return place < Int64(stay) ? Int(place) + 1 : nil
    }

    /// The panels that are control in a period, ascending.
    package func controlPanels(period: Int64) -> [Int] {
        (0..<panels).filter { periodsLeft(panel: $0, period: period) != nil }
    }
}

/// A switchback: a unit, such as a region or a shop, is dealt anew for each block of time.
///
///     switchback: {every: 6h, burnIn: 30m}
///
/// Blocks are counted from 1970-01-01T00:00:00Z. What is seen in the first part of a block may
/// still be an effect of the block before, and is not clean (Bojinov, Simchi-Levi, Zhao, "Design
/// and Analysis of Switchback Experiments", 2023).
public struct Switchback: Sendable, Hashable {
    /// The length of a block.
    public var every: Span
    /// The first part of each block, shorter than the block.
    public var burnIn: Span

    /// The number of the block in which a moment lies.
    package func epoch(at time: Timestamp) -> Int64 {
        floorDivision(time.microseconds, by: every.microseconds)
    }

    /// Whether a moment lies in the first part of its block.
    package func isBurnIn(at time: Timestamp) -> Bool {
        floorRemainder(time.microseconds, by: every.microseconds) < burnIn.microseconds
    }
}

/// The greatest whole number that is not above the quotient; the divisor is positive.
func floorDivision(_ dividend: Int64, by divisor: Int64) -> Int64 {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
}

/// What is left of a floor division: never negative.
func floorRemainder(_ dividend: Int64, by divisor: Int64) -> Int64 {
    let remainder = dividend % divisor
    return remainder < 0 ? remainder + divisor : remainder
}

extension Experiment {
    /// Whether a unit needs a score to be dealt.
    package var dealsByScore: Bool {
        switch method {
        case .exploration: true
        case .shares, .rotation, .switchback, .compatible: false
        }
    }

    /// How the arms are dealt, in one line: `control 5%, treatment 95%`.
    package var armText: String {
        let shares = arms.compactMap { arm in arm.share.map { "\(arm.name) \($0)" } }
            .joined(separator: ", ")
        switch method {
        case .shares: return shares
        case .rotation(let rotation):
            return
                "control \(rotation.stay) of \(rotation.panels) panels in turn every \(rotation.every) from \(rotation.from), the rest \(shares)"
        case .exploration(let bands):
            let texts = bands.map { band in
                "\(band.control)" + (band.below.map { " below \($0)" } ?? " above")
            }
            return "control by score \(texts.joined(separator: ", ")), the rest \(shares)"
        case .switchback(let switchback):
            return
                "\(shares), anew every \(switchback.every) with a burn-in of \(switchback.burnIn)"
        case .compatible(let rule): return "\(shares) as \(rule.system.rawValue) deals"
        }
    }
}
