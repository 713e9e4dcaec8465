internal import Foundation
internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastFormats

/// What a model must keep, as its owners wrote it down.
///
///     requirements: 1
///     positiveShare: 5%
///     figures:
///       auc: {atLeast: 0.8}
///       calibration_slope: {atLeast: 0.8, atMost: 1.25}
///       demographic_parity_ratio: {of: region, atLeast: 0.8}
///       importance_share: none              # not required at all
///     behaviour:
///       - {name: income up never lowers the score, direction: {feature: income, by: 10%}}
///
/// What is not named is as usual, unless `usual: false` stands there.
struct RequirementsFile {
    /// Whether the usual requirements hold where nothing is said.
    var isUsual = true
    var threshold: Double?
    var positiveShare: Double?
    /// Figures and what is required of them; `nil` for nothing.
    var figures: [(name: FigureName, of: String?, bound: Bound?)] = []
    var behaviour: [BehaviourTest] = []

    /// The version of the format.
    static let version = 1
    /// The most bytes of a file.
    static let byteLimit = 1 << 20
    /// The most figures, and the most tests.
    static let entryLimit = 1_000

    static func read(_ path: String) throws -> RequirementsFile {
        let root = try BoundedFile.yaml(
            path, limit: byteLimit, of: "requirements", hint: "is it a file of requirements?",
            start: "requirements: 1 and figures")
        return try RequirementsFile(root)
    }

    init(_ root: CatalogNode) throws {
        let members = try root.members(
            "requirements",
            known: [
                "requirements", "usual", "threshold", "positiveShare", "figures", "behaviour",
            ])
        guard let version = members["requirements"] else {
            throw root.fault("is no file of requirements", "begin it with requirements: 1")
        }
        guard version.number?.double == Double(RequirementsFile.version) else {
            throw version.fault(
                "the version is \(version.kind)", "this program reads requirements: 1")
        }
        if let usual = members["usual"] {
            guard let value = usual.boolean else {
                throw usual.fault("usual is \(usual.kind)", "write true or false")
            }
            isUsual = value
        }
        threshold = try members["threshold"].map { try $0.finite("threshold") }
        if let share = members["positiveShare"] {
            positiveShare = try share.share("positiveShare")
            guard threshold == nil else {
                throw share.fault(
                    "positiveShare stands beside threshold", "keep one of the two")
            }
        }
        if let node = members["figures"] { figures = try RequirementsFile.figures(node) }
        if let node = members["behaviour"] {
            let elements = try node.elements("behaviour", limit: RequirementsFile.entryLimit)
            behaviour = try elements.map { try BehaviourReader.test($0) }
        }
    }

    /// The usual requirements of a task, and these.
    func requirements(_ task: JudgeTask) -> Requirements {
        var all = isUsual ? Requirements.usual(task) : Requirements()
        if !isUsual && !behaviour.isEmpty {
            all.set(Requirement(.behaviourFailures, Bound(most: 0.01)))
        }
        for (name, of, bound) in figures {
            guard let bound else {
                all.drop(name, of: of)
                continue
            }
            all.set(Requirement(name, of: of, bound, isUsual: false))
        }
        return all
    }

    private static func figures(
        _ node: CatalogNode
    ) throws -> [(name: FigureName, of: String?, bound: Bound?)] {
        var figures: [(name: FigureName, of: String?, bound: Bound?)] = []
        for member in try node.entries("figures", limit: entryLimit) {
            guard let word = member.key.text, let name = FigureName(rawValue: word) else {
                let known = FigureName.allCases.map(\.rawValue).joined(separator: ", ")
                throw member.key.fault("\(member.key.kind) is no figure", "known are \(known)")
            }
            if case .sequence(let elements) = member.value.content {
                guard elements.count <= entryLimit else {
                    throw member.value.fault(
                        "\(word) has \(elements.count) requirements", "at most \(entryLimit)")
                }
                for element in elements { figures.append(try figure(name, element)) }
            } else {
                figures.append(try figure(name, member.value))
            }
        }
        return figures
    }

    private static func figure(
        _ name: FigureName, _ node: CatalogNode
    ) throws -> (name: FigureName, of: String?, bound: Bound?) {
        if node.text == "none" { return (name, nil, nil) }
        let members = try node.members(name.rawValue, known: ["of", "atLeast", "atMost"])
        let of = members["of"]
        if let of, of.text == nil {
            throw of.fault("of is \(of.kind)", "write what the report calls it, as region=north")
        }
        let least = try members["atLeast"].map { try $0.finite("atLeast") }
        let most = try members["atMost"].map { try $0.finite("atMost") }
        guard least != nil || most != nil else {
            throw node.fault(
                "nothing is required of \(name.rawValue)",
                "write {atLeast: 0.8}, {atMost: 0.1}, both, or none")
        }
        if let least, let most, least > most {
            throw node.fault("atLeast is above atMost", "exchange them")
        }
        return (name, of?.text, Bound(least: least, most: most))
    }
}

extension CatalogNode {
    /// An error about this value.
    func fault(_ message: String, _ hint: String) -> CommandError {
        CommandError("\(place): \(message)", hint)
    }

    /// The members of a map, each of a key that is known.
    func members(_ what: String, known: [String]) throws -> [String: CatalogNode] {
        var found: [String: CatalogNode] = [:]
        for member in try entries(what, limit: known.count) {
            guard let key = member.key.text, known.contains(key) else {
                throw member.key.fault(
                    "\(member.key.kind) is no key of \(what)",
                    "known are \(known.joined(separator: ", "))")
            }
            found[key] = member.value
        }
        return found
    }

    /// The members of a map of any keys.
    func entries(_ what: String, limit: Int) throws -> [Member] {
        guard case .mapping(let members) = content else {
            throw fault("\(what) is \(kind)", "write a map, as {auc: {atLeast: 0.8}}")
        }
        guard members.count <= max(limit, 20) else {
            throw fault("\(what) has \(members.count) members", "at most \(limit) are possible")
        }
        return members
    }

    /// The elements of a list.
    func elements(_ what: String, limit: Int) throws -> [CatalogNode] {
        guard case .sequence(let elements) = content else {
            throw fault("\(what) is \(kind)", "write a list: - … in a line each")
        }
        guard elements.count <= limit else {
            throw fault("\(what) has \(elements.count) elements", "at most \(limit) are possible")
        }
        return elements
    }

    /// A finite number.
    func finite(_ what: String) throws -> Double {
        guard let value = number?.double, value.isFinite else {
            throw fault("\(what) is \(kind)", "write a number, as 0.8")
        }
        return value
    }

    /// A share as 5% or 0.05.
    func share(_ what: String) throws -> Double {
        let percent = text.flatMap { $0.hasSuffix("%") ? Double($0.dropLast()) : nil }
        guard let value = percent.map({ $0 / 100 }) ?? number?.double, value > 0, value < 1 else {
            throw fault("\(what) is \(kind)", "write a share, as 5% or 0.05")
        }
        return value
    }
}
