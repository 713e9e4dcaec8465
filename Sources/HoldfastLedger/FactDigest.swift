internal import HoldfastAssignment
internal import HoldfastFormats

/// A digest of what a producer said: two facts of one id are the same fact only if it is equal.
///
/// Each part is preceded by a letter for its kind and, for a text, its length, so that no two
/// contents share their bytes. The assignment is not part of it: it follows from the rest and the
/// catalog then in force, and a retry after a change of catalog is the same fact.
struct FactDigest {
    private var bytes: [UInt8]

    init(_ kind: Fact.Kind) {
        bytes = []
        bytes.reserveCapacity(256)
        bytes.append(contentsOf: kind.rawValue.utf8)
    }

    mutating func add(_ text: String?) {
        guard let text else { return bytes.append(UInt8(ascii: "-")) }
        bytes.append(UInt8(ascii: "t"))
        add(Int64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func add(_ integer: Int64) {
        bytes.append(UInt8(ascii: "i"))
        withUnsafeBytes(of: integer.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func add(_ number: Double?) {
        guard let number else { return bytes.append(UInt8(ascii: "-")) }
        bytes.append(UInt8(ascii: "n"))
        // +0 and −0 are one number.
        let pattern = number == 0 ? 0 : number.bitPattern
        withUnsafeBytes(of: pattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func add(_ boolean: Bool?) {
        bytes.append(UInt8(ascii: boolean.map { $0 ? "1" : "0" } ?? "-"))
    }

    /// 16 of SHA-256's bytes: a chance of 2^-64 for a false duplicate among 4 billion facts.
    var digest: [UInt8] {
        var hash = SHA256()
        hash.update(bytes)
        return Array(hash.finish().prefix(16))
    }
}

extension DecisionFact {
    var digest: [UInt8] {
        var digest = FactDigest(.decision)
        digest.add(assignment.experiment.text)
        digest.add(unit.text)
        digest.add(cluster?.text)
        digest.add(score)
        digest.add(model)
        digest.add(intended)
        // By name: in what order a catalog declares its features is no content.
        for feature in features.sorted(by: { $0.name < $1.name }) {
            digest.add(feature.name.text)
            switch feature.value {
            case .number(let value): digest.add(value)
            case .integer(let value): digest.add(value)
            case .category(let text): digest.add(text)
            case .boolean(let value): digest.add(value)
            }
        }
        if isTimeStated || id == nil { digest.add(at.microseconds) }
        return digest.digest
    }
}

extension ExposureFact {
    var digest: [UInt8] {
        var digest = FactDigest(.exposure)
        digest.add(experiment.text)
        digest.add(unit.text)
        digest.add(cluster?.text)
        digest.add(arm.text)
        if isTimeStated || id == nil { digest.add(at.microseconds) }
        return digest.digest
    }
}

extension OutcomeFact {
    var digest: [UInt8] {
        var digest = FactDigest(.outcome)
        digest.add(unit.text)
        digest.add(name.text)
        digest.add(value)
        if isTimeStated || id == nil { digest.add(at.microseconds) }
        return digest.digest
    }
}
