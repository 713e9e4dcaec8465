import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// Every character that a name may have.
private let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")

/// What a key was made of.
private struct Parts: Hashable {
    var salt: [UInt8]
    var scope: [UInt8]
    var unit: [UInt8]

    init(salt: String, scope: String, unit: String) {
        self.salt = Array(salt.utf8)
        self.scope = Array(scope.utf8)
        self.unit = Array(unit.utf8)
    }

    /// The parts that a key can only have been made of: neither salt nor scope holds a slash.
    init?(key: [UInt8]) {
        guard let first = key.firstIndex(of: 0x2F) else { return nil }
        guard let second = key[(first + 1)...].firstIndex(of: 0x2F) else { return nil }
        salt = Array(key[..<first])
        scope = Array(key[(first + 1)..<second])
        unit = Array(key[(second + 1)...])
    }

    var key: [UInt8] {
        let scope = Scope(
            String(decoding: scope, as: UTF8.self), salt: String(decoding: salt, as: UTF8.self))
        return scope.prefix + unit
    }
}

@Suite struct KeyLawTests {
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `a key is read back as the salt, scope and unit that it was made of`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let pieces = ["/", "//", ":", "@", "arm:", "arm:a/", "a", "1", "-", "é", "e\u{301}", "\0"]
        var keys: [[UInt8]: Parts] = [:]
        for _ in 0..<500 {
            let name = (0..<1 + chance.below(3)).map { _ in String(chance.pick(alphabet)) }.joined()
            let kind = chance.pick(["holdout", "layer", "traffic", "arm", "split"])
            let epoch = kind == "arm" && chance.below(2) == 0 ? "@\(chance.below(99) - 49)" : ""
            let unit = (0..<1 + chance.below(5)).map { _ in chance.pick(pieces) }.joined()
            let salt = exampleSalt + chance.pick(["", ":", "@", "arm:a", "ä"])
            let parts = Parts(salt: salt, scope: "\(kind):\(name)\(epoch)", unit: unit)
            let key = parts.key
            #expect(Parts(key: key) == parts, "seed \(seed)")
            #expect(keys[key] == nil || keys[key] == parts, "seed \(seed): two for one key")
            keys[key] = parts
        }
    }

    @Test func `what collides without a separator does not with one`() throws {
        let text =
            "holdfast: 1\nsalt: \(exampleSalt)\nexperiments:\n"
            + ["exp1", "exp12", "exp", "exp1-2", "exp1.2"].map {
                "  \($0): {unit: customer, arms: [{control: 100%}]}\n"
            }.joined()
        let catalog = try catalog(text)
        let confusable = [
            ("exp1", "23"), ("exp12", "3"), ("exp", "123"), ("exp1", "-23"),
            ("exp1-2", "3"), ("exp1", ".23"), ("exp1.2", "3"),
        ]
        let buckets = try confusable.map { try catalog.assign($0.1, in: $0.0).bucket }
        #expect(Set(buckets).count == confusable.count)
        // A unit that looks like the rest of another key.
        let units = ["3", "exp12/3", "arm:exp12/3", "/3", "3/", "./3"]
        let dealt = try units.map { try catalog.assign($0, in: "exp12").bucket }
        #expect(Set(dealt).count == units.count)
    }

    @Test func `a name of any allowed character is in the key as it is`() throws {
        for character in alphabet {
            let name = String(repeating: character, count: 1 + Int(character.asciiValue ?? 0) % 64)
            let catalog = try catalog(
                "holdfast: 1\nsalt: \(exampleSalt)\nexperiments:\n"
                    + "  \"\(name)\": {unit: customer, arms: [{control: 100%}]}\n")
            let key = Array("\(exampleSalt)/arm:\(name)/customer-1".utf8)
            let digest = SHA256.hexadecimal(of: key)
            let bucket = try catalog.assign("customer-1", in: name).bucket
            #expect(bucket == UInt64(digest.prefix(13), radix: 16), "\(name)")
        }
    }

    @Test func `ids are dealt by their bytes alone`() throws {
        let catalog = try catalog(trialText("arms: [{control: 50%}, {treatment: 50%}]"))
        let alike = [
            "é", "e\u{301}", "É", "a", "A", " a", "a ", "a\0", "1", "01", "1.0", "\u{FEFF}a",
        ]
        let buckets = try alike.map { try catalog.assign($0).bucket }
        #expect(Set(buckets).count == alike.count)
    }
}
