import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// The vectors that any implementation must give. Their answers are Python's (`Schemas/Vectors`).
private func vectors(_ part: String) throws -> [JSON] {
    let file = try JSON.parse(try Repository.bytes("Schemas/Vectors/assignment-v1.json"))
    #expect(file["version"] == 1)
    return try file.cases(part)
}

/// The case's catalog, its holdouts and arms in the order in which they are written.
private func catalog(_ text: JSON) throws -> Catalog {
    try Catalog(files: [("vector.json", text.text(pretty: true))], salt: { _ in nil })
}

extension JSON {
    fileprivate func bucket(at name: String) throws -> UInt64 { UInt64(try integer(at: name)) }

    /// An attribute as the case gives it.
    fileprivate func attribute() throws -> AttributeValue {
        switch self {
        case .string(let text): return .text(text)
        case .bool(let value): return .boolean(value)
        case .integer, .number: return .number(try #require(double))
        case .null, .array, .object: throw MissingFixture("no attribute: \(kind)")
        }
    }

    /// The request, or `nil` where its unit or cluster is no id.
    fileprivate func candidate() throws -> Candidate? {
        guard let unit = UnitID(try text(at: "unit")) else { return nil }
        var cluster: UnitID?
        if let text = self["cluster"]?.string {
            guard let id = UnitID(text) else { return nil }
            cluster = id
        }
        var attributes: [String: AttributeValue] = [:]
        for (name, value) in self["attributes"]?.members ?? [] {
            attributes[name] = try value.attribute()
        }
        return Candidate(
            unit: unit, cluster: cluster, attributes: attributes, score: try score())
    }

    /// The request's score; JSON has no numbers for those that are refused, and says their names.
    private func score() throws -> Double? {
        switch self["score"] {
        case nil, .null?: return nil
        case .string("NaN")?: return .nan
        case .string("Infinity")?: return .infinity
        case .string("-Infinity")?: return -.infinity
        case let value?:
            guard let number = value.double else { throw MissingFixture("no score: \(value.kind)") }
            return number
        }
    }

    fileprivate func time() throws -> Timestamp { try Timestamp(rfc3339: try text(at: "at")) }
}

@Suite struct VectorTests {
    @Test(arguments: ["hashes", "edges"])
    func `a key, its digest and its bucket are those of the vectors`(part: String) throws {
        for vector in try vectors(part) {
            let name = try vector.text(at: "name")
            let key = try vector.text(at: "key")
            let unit = try vector.text(at: "unit")
            #expect(Array(unit.utf8).hexadecimal == vector["unitHex"]?.string, "\(name)")
            #expect(Array(try vector.text(at: "text").utf8).hexadecimal == key, "\(name)")
            let scope = Scope(try vector.text(at: "scope"), salt: try vector.text(at: "salt"))
            #expect((scope.prefix + Array(unit.utf8)).hexadecimal == key, "\(name)")
            let digest = SHA256.hexadecimal(of: bytes(hexadecimal: key))
            #expect(digest == vector["sha256"]?.string, "\(name)")
            #expect(String(digest.prefix(13)) == vector["digits"]?.string, "\(name)")
            let bucket = try vector.bucket(at: "bucket")
            let id = try #require(UnitID(unit), "\(name)")
            #expect(scope.bucket(of: id) == bucket, "\(name)")
            #expect(bucket < Bucket.count)
        }
    }

    @Test func `shares are read as whole millionths`() throws {
        for vector in try vectors("shares") {
            let text = try vector.text(at: "text")
            let millionths = try vector.integer(at: "millionths")
            #expect(Share(percent: text)?.millionths == Int(millionths), "\(text)")
        }
    }

    @Test func `boundaries are those of the vectors`() throws {
        for vector in try vectors("boundaries") {
            let share = Share(millionths: Int(try vector.integer(at: "share")))
            #expect(share.boundary == (try vector.bucket(at: "boundary")), "\(share)")
        }
    }

    @Test func `a bucket at a boundary is beyond it`() throws {
        for vector in try vectors("edges") {
            let name = try vector.text(at: "name")
            let share = Share(millionths: Int(try vector.integer(at: "share")))
            let bucket = try vector.bucket(at: "bucket")
            #expect(share.boundary == (try vector.bucket(at: "boundary")), "\(name)")
            let distance = Int64(bucket) - Int64(share.boundary)
            #expect(distance == (try vector.integer(at: "distance")), "\(name)")
            #expect(vector["below"] == .bool(bucket < share.boundary), "\(name)")
        }
    }

    @Test(arguments: ["decisions", "methods"])
    func `every decision is that of the vectors`(part: String) throws {
        for vector in try vectors(part) {
            let name = try vector.text(at: "name")
            let catalog = try catalog(try #require(vector["catalog"]))
            let request = try #require(vector["request"])
            let candidate = try #require(try request.candidate(), "\(name)")
            let experiment = try request.text(at: "experiment")
            do {
                let answer = try catalog.assign(candidate, in: experiment, at: request.time())
                let given: JSON = [
                    "arm": answer.arm.map { .string($0.text) } ?? nil,
                    "reason": .string(answer.reason.word), "act": .bool(answer.act),
                    "propensity": .number(answer.propensity),
                    "bucket": answer.bucket.map { .integer(Int64($0)) } ?? nil,
                    "holdout": answer.reason.holdout.map { .string($0.text) } ?? nil,
                ]
                let expected = try #require(vector["expected"])
                for (key, value) in expected.members where key != "burn_in" {
                    #expect(given[key] == value, "\(name): \(key)")
                }
                // Only a switchback's arm has it.
                #expect(answer.isBurnIn.map { .bool($0) } == expected["burn_in"], "\(name)")
                #expect(answer.revision == catalog.revision && answer.experiment.text == experiment)
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    @Test(arguments: ["decisions", "methods"])
    func `every step and every split is that of the vectors`(part: String) throws {
        for vector in try vectors(part) {
            let name = try vector.text(at: "name")
            let catalog = try catalog(try #require(vector["catalog"]))
            let request = try #require(vector["request"])
            let candidate = try #require(try request.candidate())
            for step in vector["steps"]?.array ?? [] {
                let scope = try step.text(at: "scope")
                let isByUnit = scope.hasPrefix("holdout:") || scope.hasPrefix("layer:")
                let experiment = catalog[experiment: try request.text(at: "experiment")]
                let dealt = isByUnit || experiment?.cluster == nil ? nil : candidate.cluster
                let bucket = Scope(scope, salt: catalog.salt).bucket(of: dealt ?? candidate.unit)
                #expect(bucket == (try step.bucket(at: "bucket")), "\(name): \(scope)")
            }
            guard let part = vector["split"]?.string else { continue }
            let dealing = try #require(
                Name(try request.text(at: "experiment")).flatMap { catalog.dealings[$0] })
            let dealt = dealing.experiment.cluster == nil ? candidate.unit : candidate.cluster
            let bucket = dealing.split.bucket(of: try #require(dealt, "\(name)"))
            let boundaries = Dealing.cumulativeBoundaries(dealing.experiment.split.map(\.share))
            let index = try #require(boundaries.firstIndex { bucket < $0 })
            #expect(dealing.experiment.split[index].name.text == part, "\(name)")
        }
    }

    @Test func `panels, periods, bands and blocks are those of the vectors`() throws {
        var count = 0
        for vector in try vectors("methods") {
            let name = try vector.text(at: "name")
            guard let step = vector["steps"]?.array?.last,
                vector["expected"]?["reason"] == "assigned"
            else { continue }
            let request = try #require(vector["request"])
            let catalog = try catalog(try #require(vector["catalog"]))
            let experiment = try #require(
                catalog[experiment: try request.text(at: "experiment")])
            let dealing = try #require(catalog.dealings[experiment.name])
            let bucket = try step.bucket(at: "bucket")
            var place = bucket
            var found: [ArmRange] = []
            switch (experiment.method, dealing.arms) {
            case (.shares, .shares(_, let ranges, _)): found = ranges
            case (.rotation(let rotation), .rotation(_, _, let rest, _)):
                let panel: Int
                (panel, place) = rotation.panel(of: bucket)
                let period = rotation.period(at: try request.time())
                #expect(Int64(panel) == (try step.integer(at: "panel")), "\(name)")
                #expect(place == (try step.bucket(at: "rest")), "\(name)")
                #expect(period == (try step.integer(at: "period")), "\(name)")
                let turn = try step.integer(at: "turn")
                let left = turn < Int64(rotation.stay) ? Int(turn) + 1 : nil
                #expect(rotation.periodsLeft(panel: panel, period: period) == left, "\(name)")
                found = rest
            case (.exploration(let declared), .exploration(_, let bands)):
                let band = Int(try step.integer(at: "band"))
                #expect(declared[band].control.millionths == Int(try step.integer(at: "control")))
                found = bands[band].ranges
                let edge = try step.bucket(at: "controlTo")
                let (from, to) = (try step.bucket(at: "from"), try step.bucket(at: "to"))
                let control = experiment.controlIndex
                for range in [
                    ArmRange(arm: control, from: from, to: edge),
                    ArmRange(
                        arm: try #require(
                            experiment.arms.firstIndex { $0.name.text == step["other"]?.string }),
                        from: edge, to: to),
                ] where range.from < range.to { #expect(found.contains(range), "\(name)") }
                count += 1
                continue
            case (.switchback(let switchback), .switchback(_, _, let ranges, _)):
                let time = try request.time()
                #expect(switchback.epoch(at: time) == (try step.integer(at: "epoch")), "\(name)")
                found = ranges
            default: Issue.record("\(name): \(experiment.method) is dealt by another method")
            }
            let range = try #require(found.first { place >= $0.from && place < $0.to }, "\(name)")
            #expect(range.from == (try step.bucket(at: "from")), "\(name)")
            #expect(range.to == (try step.bucket(at: "to")), "\(name)")
            count += 1
        }
        #expect(count > 150)
    }

    @Test(arguments: ["refusals", "methodRefusals"])
    func `what the vectors refuse gets no answer`(part: String) throws {
        for vector in try vectors(part) {
            let name = try vector.text(at: "name")
            let refused = try vector.text(at: "refused")
            let catalog = try catalog(try #require(vector["catalog"]))
            let request = try #require(vector["request"])
            guard let candidate = try request.candidate() else {
                #expect(refused == "unit_length" || refused == "cluster_length", "\(name)")
                continue
            }
            do {
                let answer = try catalog.assign(
                    candidate, in: try request.text(at: "experiment"), at: request.time())
                Issue.record("\(name): is answered \(answer)")
            } catch let fault as AssignmentFault {
                #expect(fault.code == refused, "\(name)")
            }
        }
    }
}
