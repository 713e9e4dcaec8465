import HoldfastFormats
import Testing
import TestSupport

/// The judge is judged: a validator that lets everything pass would pass every test.
@Suite struct SchemaValidatorTests {
    @Test(arguments: [
        (#"{"type": "integer"}"#, ["1", "1.0"], ["1.5", "\"1\"", "true", "null"]),
        (#"{"type": ["string", "null"]}"#, ["\"\"", "null"], ["1", "[]", "{}"]),
        (#"{"const": 1}"#, ["1", "1.0"], ["2", "true", "\"1\""]),
        (#"{"enum": ["a", null]}"#, ["\"a\"", "null"], ["\"b\"", "false"]),
        (#"{"pattern": "^[a-z]{1,2}$"}"#, ["\"ab\"", "1"], ["\"\"", "\"abc\"", "\"ab\\n\""]),
        (#"{"pattern": "^[^/\\u0000-\\u001f]{2}$"}"#, ["\"ab\""], ["\"a/\"", "\"a\\u001f\""]),
        (#"{"pattern": "^(?!file:)."}"#, ["\"fil\""], ["\"file:x\"", "\"\""]),
        (#"{"minLength": 1, "maxLength": 2}"#, ["\"é\"", "\"😀😀\""], ["\"\"", "\"abc\""]),
        (#"{"minimum": 1, "maximum": 2}"#, ["1", "2", "\"9\""], ["0.9", "2.1"]),
        (#"{"exclusiveMinimum": 1, "exclusiveMaximum": 2}"#, ["1.5"], ["1", "2"]),
        (#"{"minItems": 1, "maxItems": 2}"#, ["[1]", "{}"], ["[]", "[1,2,3]"]),
        (#"{"minProperties": 1, "maxProperties": 1}"#, ["{\"a\":1}"], ["{}", "{\"a\":1,\"b\":2}"]),
        (#"{"items": {"type": "null"}}"#, ["[]", "[null]", "1"], ["[null, 1]"]),
        (#"{"required": ["a"]}"#, ["{\"a\":null}", "[]"], ["{}"]),
        (
            #"{"properties": {"a": {"const": 1}}, "additionalProperties": false}"#,
            ["{}", "{\"a\":1}"], ["{\"a\":2}", "{\"b\":1}"]
        ),
        (
            #"{"patternProperties": {"^x": {"const": 1}}, "additionalProperties": {"const": 2}}"#,
            ["{\"x1\":1,\"y\":2}"], ["{\"x1\":2}", "{\"y\":1}"]
        ),
        (#"{"propertyNames": {"maxLength": 1}}"#, ["{\"a\":1}"], ["{\"ab\":1}"]),
        (#"{"oneOf": [{"type": "number"}, {"type": "integer"}]}"#, ["1.5"], ["1", "null"]),
        (#"{"anyOf": [{"type": "number"}, {"type": "integer"}]}"#, ["1.5", "1"], ["null"]),
        (#"{"allOf": [{"minimum": 1}, {"maximum": 1}]}"#, ["1"], ["0", "2"]),
        (#"{"not": {"type": "null"}}"#, ["1"], ["null"]),
        (
            #"{"if": {"minimum": 5}, "then": {"const": 5}, "else": {"const": 0}}"#, ["5", "0"],
            ["6", "1"]
        ),
        (
            ##"{"$ref": "#/$defs/a", "maximum": 3, "$defs": {"a": {"minimum": 1}}}"##, ["1", "3"],
            ["0", "4"]
        ),
    ])
    func `a keyword accepts and refuses`(schema: String, good: [String], bad: [String]) throws {
        let validator = try JSONSchemaValidator(text: schema)
        for text in good {
            #expect(validator.faults(try JSON.parse(Array(text.utf8))) == [], "\(schema) \(text)")
        }
        for text in bad {
            #expect(validator.faults(try JSON.parse(Array(text.utf8))) != [], "\(schema) \(text)")
        }
    }

    @Test(arguments: [
        #"{"minimun": 1}"#, #"{"properties": {"a": {"typo": 1}}}"#, #"{"$defs": {"a": {"x": 1}}}"#,
        #"{"oneOf": [{"uniqueItems": true}]}"#, ##"{"$ref": "#/$defs/none"}"##,
        #"{"pattern": "("}"#, #"{"items": {"$ref": "other.json"}}"#,
    ])
    func `a schema that is not understood is an error`(schema: String) {
        #expect(throws: (any Error).self) { try JSONSchemaValidator(text: schema) }
    }

    @Test func `a missing schema or definition is an error`() {
        #expect(throws: MissingFixture.self) { try JSONSchemaValidator("none.schema.json") }
        #expect(throws: MissingFixture.self) {
            try JSONSchemaValidator("outcome.schema.json#/$defs/None")
        }
        #expect(throws: MissingFixture.self) { try golden("HoldfastFormatsTests/Golden/none.json") }
        let empty: JSON = ["cases": []]
        #expect(throws: MissingFixture.self) { try empty.cases("cases") }
    }

    @Test func `chance, clock and digits are what they say`() throws {
        // The first outputs of SplitMix64 from 0, as its authors' C program prints them.
        var chance = SeededGenerator(seed: 0)
        let first: [UInt64] = [
            0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F,
        ]
        #expect(first.map { _ in chance.next() } == first)
        let clock = try ManualClock("2026-01-01T00:00:00Z")
        clock.advance(seconds: 90)
        #expect(clock.now.description == "2026-01-01T00:01:30Z")
        #expect(bytes(hexadecimal: "00ff7F") == [0, 255, 127] && bytes(hexadecimal: "") == [])
    }
}
