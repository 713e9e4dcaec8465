internal import Foundation
internal import HoldfastAssignment
internal import HoldfastStatistics
internal import HoldfastTables

/// What can be said of a plan, by a flag or a key of its file: `--baseline-rate`, `baselineRate`.
enum PlanKey: String, CaseIterable {
    case effect, relativeEffect, units, power, alpha, oneSided, variant, correction
    case nonInferiorityMargin, sequential
    case baselineRate, mean, sd
    case numeratorMean, numeratorSd, denominatorMean, denominatorSd, ratioCorrelation
    case table, metric, denominator, cluster, covariate
    case clusterSize, clusterVariation, icc, covariateCorrelation
    case shares, catalog, experiment, traffic, horizon, arrivals, weekly

    /// The flag: `--baseline-rate`.
    var flag: String {
        "--"
            + rawValue.reduce(into: "") { text, letter in
                text += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
            }
    }

    /// What its text is read as.
    enum Kind {
        /// A finite number, from a range; as 5% too where it is a part of something.
        case number(ClosedRange<Double>, isOpen: Bool, isPart: Bool)
        case text
        case shares, share, span, yes
        case word([String])
    }

    var kind: Kind {
        let all = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        let positive = 0...Double.greatestFiniteMagnitude
        switch self {
        case .effect, .mean, .numeratorMean, .denominatorMean:
            return .number(all, isOpen: false, isPart: false)
        case .relativeEffect: return .number(all, isOpen: false, isPart: true)
        case .units, .weekly: return .number(positive, isOpen: true, isPart: false)
        case .sd, .numeratorSd, .denominatorSd, .nonInferiorityMargin:
            return .number(positive, isOpen: true, isPart: false)
        case .power, .baselineRate: return .number(0...1, isOpen: true, isPart: true)
        case .alpha: return .number(0...0.5, isOpen: true, isPart: true)
        case .ratioCorrelation: return .number(-1...1, isOpen: false, isPart: false)
        case .covariateCorrelation: return .number(-1...1, isOpen: true, isPart: false)
        case .clusterSize:
            return .number(1...Double.greatestFiniteMagnitude, isOpen: false, isPart: false)
        case .clusterVariation: return .number(positive, isOpen: false, isPart: false)
        case .icc: return .number(0...1, isOpen: false, isPart: false)
        case .variant: return .word(SizeDesign.Variant.allCases.map(\.rawValue))
        case .correction: return .word(SizeDesign.Correction.allCases.map(\.rawValue))
        case .oneSided, .sequential: return .yes
        case .shares: return .shares
        case .traffic: return .share
        case .horizon: return .span
        case .table, .metric, .denominator, .cluster, .covariate, .catalog, .experiment, .arrivals:
            return .text
        }
    }
}

/// Why a value or a combination of them makes no plan; said as wrong usage where it came by flags.
struct PlanFault: Error {
    var message: String
    var hint: String
}

/// All that was said of a plan, each value with where it stood.
struct PlanRequest {
    /// A value as it was read.
    enum Value {
        case number(Double)
        case text(String)
        case shares([Share])
        case share(Share)
        case span(Span)
        case yes(Bool)
    }

    private var values: [PlanKey: Value] = [:]
    private var texts: [PlanKey: String] = [:]

    /// The keys that were said, in their usual order.
    var keys: [PlanKey] { PlanKey.allCases.filter { values[$0] != nil } }
    var isEmpty: Bool { values.isEmpty }

    /// The flags that say the same.
    var flags: [String] {
        keys.compactMap { key in
            if case .yes(let isOn) = values[key] { return isOn ? key.flag : nil }
            return texts[key].map { "\(key.flag) \(Self.quoted($0))" }
        }
    }

    /// A word as a shell needs it.
    private static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "%,.-_/+:".contains($0))
            }
        return isPlain ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }

    /// Reads a value; throws what is wrong with it and what to write.
    mutating func set(_ key: PlanKey, to text: String) throws(PlanFault) {
        values[key] = try Self.value(key, text)
        texts[key] = text
    }

    /// The ways to say one thing.
    private static let ways: [[[PlanKey]]] = [
        [[.effect], [.relativeEffect]], [[.arrivals], [.weekly]],
        [[.shares], [.catalog, .experiment]],
        [[.cluster], [.clusterSize, .clusterVariation]], [[.covariate], [.covariateCorrelation]],
        [
            [.baselineRate], [.mean, .sd],
            [.numeratorMean, .numeratorSd, .denominatorMean, .denominatorSd, .ratioCorrelation],
            [.table, .metric, .denominator, .cluster, .covariate],
        ],
    ]

    /// Takes over what another says, which goes before this: also before what this says of the same
    /// thing in another way.
    mutating func override(by other: PlanRequest) {
        for ways in Self.ways {
            for way in ways where way.contains(where: { other.has($0) }) {
                for key in ways.joined() where !way.contains(key) {
                    values[key] = nil
                    texts[key] = nil
                }
            }
        }
        values.merge(other.values) { $1 }
        texts.merge(other.texts) { $1 }
    }

    /// The files that it names.
    var files: [String?] { [text(.table), text(.arrivals), text(.catalog)] }

    func has(_ key: PlanKey) -> Bool { values[key] != nil }

    func number(_ key: PlanKey) -> Double? {
        if case .number(let value) = values[key] { return value }
        return nil
    }

    func text(_ key: PlanKey) -> String? {
        if case .text(let value) = values[key] { return value }
        return nil
    }

    func isOn(_ key: PlanKey) -> Bool {
        if case .yes(let value) = values[key] { return value }
        return false
    }

    var shares: [Share]? {
        if case .shares(let shares) = values[.shares] { return shares }
        return nil
    }

    var traffic: Share? {
        if case .share(let share) = values[.traffic] { return share }
        return nil
    }

    var horizon: Span? {
        if case .span(let span) = values[.horizon] { return span }
        return nil
    }

    private static func value(_ key: PlanKey, _ text: String) throws(PlanFault) -> Value {
        let said = "\"\(text.prefix(64))\""
        switch key.kind {
        case .number(let range, let isOpen, let isPart):
            return .number(try number(key, text, range, isOpen: isOpen, isPart: isPart))
        case .text:
            guard !text.isEmpty else {
                throw PlanFault(message: "\(key.rawValue) is empty", hint: "write a name")
            }
            return .text(text)
        case .shares:
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map {
                Share(percent: $0.trimmingCharacters(in: .whitespaces))
            }
            let shares = parts.compactMap { $0 }
            guard shares.count == parts.count else {
                throw PlanFault(
                    message: "\(key.rawValue) is \(said)",
                    hint: "write the share of control and of each treatment, as 5%,95%")
            }
            guard shares.count >= 2 else {
                throw PlanFault(
                    message: "\(key.rawValue) is \(said), one share",
                    hint: "write two or more, of control and of each treatment, as 5%,95%")
            }
            let sum = shares.reduce(0) { $0 + $1.millionths }
            guard sum == 1_000_000 else {
                throw PlanFault(
                    message: "the shares \(text.prefix(64)) add up to \(Double(sum) / 10_000)%",
                    hint: "those of control and of each treatment add up to 100%")
            }
            return .shares(shares)
        case .share:
            guard let share = Share(percent: text), share.millionths > 0 else {
                throw PlanFault(
                    message: "\(key.rawValue) is \(said)", hint: "write a share above 0%, as 50%")
            }
            return .share(share)
        case .span:
            guard let span = Span(text) else {
                throw PlanFault(
                    message: "\(key.rawValue) is \(said)",
                    hint: "write a whole number and w, d, h, m or s, as 90d")
            }
            return .span(span)
        case .yes:
            guard text == "true" || text == "false" else {
                throw PlanFault(message: "\(key.rawValue) is \(said)", hint: "write true or false")
            }
            return .yes(text == "true")
        case .word(let words):
            guard words.contains(text) else {
                throw PlanFault(
                    message: "\(key.rawValue) is \(said)",
                    hint: "it is one of \(words.joined(separator: ", "))")
            }
            return .text(text)
        }
    }

    private static func number(
        _ key: PlanKey, _ text: String, _ range: ClosedRange<Double>, isOpen: Bool, isPart: Bool
    ) throws(PlanFault) -> Double {
        let written = isPart ? ShareText.number(text) : Double(text)
        guard let value = written, value.isFinite else {
            throw PlanFault(
                message: "\(key.rawValue) is \"\(text.prefix(64))\"",
                hint: isPart ? "write a number, as 0.05 or 5%" : "write a number, as 0.05")
        }
        let isIn = isOpen ? value > range.lowerBound && value < range.upperBound : range ~= value
        guard isIn else {
            let (low, high) = (
                CellValue.text(of: range.lowerBound), CellValue.text(of: range.upperBound)
            )
            let isEndless = range.upperBound == Double.greatestFiniteMagnitude
            let hint =
                isEndless
                ? "it is \(isOpen ? "above" : "at least") \(low)"
                : isOpen ? "it lies between \(low) and \(high)" : "it is from \(low) to \(high)"
            throw PlanFault(
                message: "\(key.rawValue) is \(CellValue.text(of: value))",
                hint: hint + (isPart && value > 1 ? "; a percentage has its sign, as 20%" : ""))
        }
        return value
    }
}
