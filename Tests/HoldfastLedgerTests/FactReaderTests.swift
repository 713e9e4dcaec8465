import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import Testing
import TestSupport

/// Every item is taken or refused by itself, and a refusal says what, and what to do.
@Suite struct FactReaderTests {
    enum Kind: String, Sendable { case assignment, decision, exposure, outcome }

    struct Case: Sendable, CustomTestStringConvertible {
        var kind: Kind
        var change: JSON
        var code: String
        var detail: String
        var hint: String
        var testDescription: String { "\(kind.rawValue) \(change.text().prefix(90)) is \(code)" }

        init(_ kind: Kind, _ change: JSON, _ code: String, _ detail: String, _ hint: String) {
            self.kind = kind
            self.change = change
            self.code = code
            self.detail = detail
            self.hint = hint
        }
    }

    let reader: FactReader

    init() throws {
        let catalog = try Harness.catalog(
            """
            cluster: household, eligible: {attribute: age, atLeast: 20},
                features: {n: number, i: integer, c: category, b: boolean}
            """,
            others: "  plain: {unit: customer, arms: [{control: 1%}, {on: 99%}]}")
        reader = FactReader(
            catalog: catalog, knownArms: [Name(literal: "removed"): [Name(literal: "old")]],
            now: try time(Harness.start))
    }

    @Test func `an attribute's name may have 256 bytes`() throws {
        let attributes = JSONObject([("age", 30), (FactReaderTests.name(256), 1)])
        try read(
            .assignment, FactReaderTests.item(.assignment, ["attributes": .object(attributes)]))
    }

    /// An item of each kind that is taken.
    private static func good(_ kind: Kind) -> JSONObject {
        switch kind {
        case .assignment, .decision:
            JSONObject([
                ("experiment", "limits"), ("unit", "u"), ("cluster", "h"),
                ("attributes", ["age": 30]),
            ])
        case .exposure:
            JSONObject([
                ("experiment", "limits"), ("unit", "u"), ("cluster", "h"), ("arm", "treatment"),
            ])
        case .outcome: JSONObject([("unit", "u"), ("name", "paid"), ("value", 1)])
        }
    }

    /// A good item with some members put in or, where they are null, left out.
    private static func item(_ kind: Kind, _ change: JSON) -> JSON {
        var members = good(kind).members.filter { change[$0.key] == nil }
        members += change.members.filter { $0.value != .null }
        return .object(JSONObject(members))
    }

    private func read(_ kind: Kind, _ json: JSON) throws {
        switch kind {
        case .assignment: _ = try reader.assignment(json)
        case .decision: _ = try reader.decision(json)
        case .exposure: _ = try reader.exposure(json)
        case .outcome: _ = try reader.outcome(json)
        }
    }

    private static func text(_ count: Int) -> JSON { .string(String(repeating: "x", count: count)) }

    private static func name(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static let units: [Case] = [.assignment, .decision, .exposure, .outcome].flatMap {
        kind in
        [
            Case(kind, ["unit": nil], "missing_member", "\"unit\"", "\"unit\""),
            Case(kind, ["unit": ""], "bad_length", "0 bytes", "1 to 1024"),
            Case(kind, ["unit": text(1_025)], "bad_length", "1025 bytes", "1 to 1024"),
            Case(
                kind, ["unit": .string(String(repeating: "é", count: 513))], "bad_length",
                "1026 bytes", "1 to 1024"),
            Case(kind, ["unit": 17], "wrong_type", "an integer", "a string"),
            Case(kind, ["colour": "red"], "unknown_member", "colour", "known: "),
            Case(kind, ["Unit": "u"], "unknown_member", "Unit", "known: "),
            Case(kind, ["at": "2026-01-01T00:00:00"], "bad_time", "zone", "2026-01-01T00:00:00Z"),
            Case(kind, ["at": "yesterday"], "bad_time", "yesterday", "2026-01-01T00:00:00Z"),
            Case(kind, ["at": 1_767_225_600], "wrong_type", "\"at\"", "a string"),
        ]
    }

    private static let ids: [Case] = [.decision, .exposure, .outcome].flatMap { kind in
        [
            Case(kind, ["id": text(129)], "bad_length", "129 bytes", "1 to 128"),
            Case(kind, ["id": ""], "bad_length", "0 bytes", "1 to 128"),
            Case(kind, ["id": 5], "wrong_type", "\"id\"", "a string"),
        ]
    }

    private static let others: [Case] =
        [.assignment, .decision].flatMap { kind in
            [
                Case(kind, ["experiment": nil], "missing_member", "experiment", "experiment"),
                Case(kind, ["experiment": "no"], "unknown_experiment", "\"no\"", "limits, plain"),
                Case(kind, ["cluster": nil], "missing_cluster", "household", "household"),
                Case(kind, ["cluster": ""], "bad_length", "\"cluster\"", "1 to 1024"),
                Case(kind, ["attributes": nil], "missing_attribute", "\"age\"", "\"age\""),
                Case(kind, ["attributes": ["age": nil]], "missing_attribute", "age", "age"),
                Case(kind, ["attributes": ["age": "x"]], "wrong_attribute", "text", "number"),
                Case(kind, ["attributes": ["age": [1]]], "wrong_type", "age", "a number"),
                Case(kind, ["attributes": [1]], "wrong_type", "attributes", "an object"),
                Case(
                    kind, ["attributes": ["age": 30, "": 1]], "bad_length", "0 bytes", "1 to 256"),
                Case(
                    kind, ["attributes": .object(JSONObject([(name(257), 1)]))], "bad_length",
                    "257 bytes", "1 to 256"),
                Case(kind, ["score": "high"], "wrong_type", "\"score\"", "a number"),
            ]
        } + [
            Case(.assignment, ["features": ["n": 1]], "unknown_member", "features", "known: "),
            Case(.decision, ["features": ["z": 1]], "unknown_feature", "\"z\"", "declare it"),
            Case(.decision, ["features": ["N": 1]], "unknown_feature", "\"N\"", "declare it"),
            Case(.decision, ["features": ["n": "1"]], "wrong_type", "\"n\"", "number"),
            Case(.decision, ["features": ["n": true]], "wrong_type", "\"n\"", "number"),
            Case(.decision, ["features": ["i": 1.5]], "wrong_type", "\"i\"", "integer"),
            Case(.decision, ["features": ["c": 5]], "wrong_type", "\"c\"", "category"),
            Case(.decision, ["features": ["b": 1]], "wrong_type", "\"b\"", "boolean"),
            Case(.decision, ["features": ["c": text(1_025)]], "bad_length", "1025", "1024"),
            Case(.decision, ["features": "n"], "wrong_type", "features", "an object"),
            Case(.decision, ["intended": "yes"], "wrong_type", "intended", "true or false"),
            Case(.decision, ["model": text(129)], "bad_length", "129", "128"),
            Case(.exposure, ["experiment": "no"], "unknown_experiment", "\"no\"", "limits, plain"),
            Case(.exposure, ["experiment": "a/b"], "bad_name", "a/b", "A-Z"),
            Case(.exposure, ["arm": "other"], "unknown_arm", "other", "control, treatment"),
            Case(.exposure, ["arm": nil], "missing_member", "\"arm\"", "\"arm\""),
            Case(.exposure, ["cluster": nil], "missing_cluster", "household", "household"),
            Case(.outcome, ["value": nil], "missing_member", "\"value\"", "\"value\""),
            Case(.outcome, ["value": "1"], "wrong_type", "\"value\"", "a number"),
            Case(.outcome, ["name": "a b"], "bad_name", "a b", "A-Z"),
            Case(.outcome, ["name": nil], "missing_member", "\"name\"", "\"name\""),
            Case(.outcome, ["score": 1], "unknown_member", "score", "known: "),
        ]

    @Test(arguments: units + ids + others)
    func `an item that cannot be taken is refused with its code, the place and a remedy`(
        one: Case
    ) throws {
        let refusal = #expect(throws: Refusal.self) {
            try read(one.kind, FactReaderTests.item(one.kind, one.change))
        }
        #expect(refusal?.code == one.code)
        #expect(refusal?.detail.contains(one.detail) == true, "\(refusal?.detail ?? "")")
        #expect(refusal?.hint.contains(one.hint) == true, "\(refusal?.hint ?? "")")
    }

    @Test(arguments: [.assignment, .decision, .exposure, .outcome] as [Kind])
    func `what is no object is refused`(kind: Kind) {
        for json in [nil, true, 1, 1.5, "u", []] as [JSON] {
            let refusal = #expect(throws: Refusal.self) { try read(kind, json) }
            #expect(refusal?.code == "wrong_type")
            #expect(refusal?.hint.contains("send an object") == true)
        }
    }

    @Test(arguments: [.assignment, .decision, .exposure, .outcome] as [Kind])
    func `what is at its limit is taken`(kind: Kind) throws {
        try read(kind, FactReaderTests.item(kind, [:]))
        try read(kind, FactReaderTests.item(kind, ["unit": FactReaderTests.text(1_024)]))
        try read(kind, FactReaderTests.item(kind, ["at": "2026-01-01T09:00:00.123456+09:00"]))
        if kind == .assignment { return }
        try read(kind, FactReaderTests.item(kind, ["id": FactReaderTests.text(128)]))
        if kind == .outcome { return }
        try read(kind, FactReaderTests.item(kind, ["cluster": FactReaderTests.text(1_024)]))
    }

    @Test func `a decision is what was sent, with features in declared order and none made up`()
        throws
    {
        let fact = try reader.decision(
            FactReaderTests.item(
                .decision,
                [
                    "id": "d-1", "at": "2026-02-01T01:00:00+01:00", "score": 1, "model": "v7",
                    "intended": false, "features": ["b": false, "i": 7, "n": 7, "c": nil],
                ]))
        #expect(fact.id == "d-1")
        #expect(fact.at == (try time("2026-02-01T00:00:00Z")))
        #expect(fact.isTimeStated)
        #expect(fact.score == 1)
        #expect(fact.model == "v7")
        #expect(fact.intended == false)
        #expect(fact.features.map(\.name.text) == ["n", "i", "b"])
        #expect(fact.features.map(\.value) == [.number(7), .integer(7), .boolean(false)])
        #expect(fact.assignment.reason == .assigned)
        let bare = try reader.decision(FactReaderTests.item(.decision, [:]))
        #expect(bare.id == nil && bare.score == nil && bare.intended == nil && !bare.isTimeStated)
        #expect(bare.at == (try time(Harness.start)))
    }

    @Test func `an exposure to an experiment that was removed is taken`() throws {
        let fact = try reader.exposure(["experiment": "removed", "unit": "u", "arm": "old"])
        #expect(fact.experiment.text == "removed")
        #expect(throws: Refusal.self) {
            try reader.exposure(["experiment": "removed", "unit": "u", "arm": "treatment"])
        }
    }

    @Test func `true is 1, and NFC and NFD of one id are two units`() throws {
        #expect(try reader.outcome(["unit": "u", "name": "n", "value": true]).value == 1)
        #expect(try reader.outcome(["unit": "u", "name": "n", "value": false]).value == 0)
        #expect(try reader.outcome(["unit": "u", "name": "n", "value": -2]).value == -2)
        let units = try ["é", "e\u{301}"].map {
            try reader.assignment([
                "experiment": "plain", "unit": .string($0), "attributes": ["age": 30],
            ])
        }
        #expect(units[0].unit != units[1].unit)
        #expect(units[0].assignment.bucket != units[1].assignment.bucket)
    }
}
