internal import Glibc

/// A JSON value (RFC 8259), with integers kept apart from other numbers.
///
///     let value: JSON = ["unit": "customer-1", "score": 1.0]
///     value.text()            // {"unit":"customer-1","score":1.0}
///     value["score"]          // .number(1.0)
///
/// A number without fraction and exponent that fits 64 bits is an `integer`, every other one a
/// `number`, so that an integer survives a round trip exactly and a double never loses its `.0`:
/// clients that read a flag's value by type depend on it.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    /// The member of an object, or `nil` where this is no object or has no such member.
    public subscript(_ key: String) -> JSON? {
        guard case .object(let object) = self else { return nil }
        return object[key]
    }

    /// Whether both are the same value. Texts are compared by their bytes, and an integer is never
    /// equal to a number: they are written differently.
    public static func == (one: JSON, other: JSON) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.integer(let one), .integer(let other)): one == other
        case (.number(let one), .number(let other)): one == other
        case (.string(let one), .string(let other)): sameBytes(one, other)
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)): one == other
        case (.null, _), (.bool, _), (.integer, _), (.number, _), (.string, _), (.array, _),
            (.object, _):
            false
        }
    }

    /// What the value is, as an error message says it: "a number", "an object".
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The value as a double: an integer or a number, else `nil`.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// The text of a string, else `nil`.
    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The elements of an array, else `nil`.
    public var array: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}

/// The members of a JSON object in the order in which they were written.
///
/// Names are compared by their UTF-8 bytes: `"é"` and `"e\u{301}"` are two members, though Swift's
/// `==` calls the two strings equal.
public struct JSONObject: Sendable, Equatable {
    /// The members, in order.
    public private(set) var members: [(key: String, value: JSON)]

    /// An object without members, with room for so many.
    public init(capacity: Int) {
        members = []
        members.reserveCapacity(capacity)
    }

    /// An object of these members, which must have different names.
    public init(_ members: [(key: String, value: JSON)] = []) {
        self.members = members
    }

    /// The member's value, or `nil` where there is none of that name.
    public subscript(_ key: String) -> JSON? {
        members.first { sameBytes($0.key, key) }?.value
    }

    /// Adds a member at the end. The name must be new: a second member of one name would be lost
    /// by most readers.
    public mutating func append(_ key: String, _ value: JSON) {
        members.append((key, value))
    }

    public static func == (one: JSONObject, other: JSONObject) -> Bool {
        one.members.count == other.members.count
            && zip(one.members, other.members).allSatisfy {
                sameBytes($0.key, $1.key) && $0.value == $1.value
            }
    }
}

/// Whether two texts are the same bytes: Swift's `==` holds NFC and NFD of one character equal.
///
///     sameBytes("é", "e\u{301}")   // false, where "é" == "e\u{301}" is true
public func sameBytes(_ one: String, _ other: String) -> Bool {
    // Nearly all that differ differ in length, which is known without a look at the bytes.
    guard one.utf8.count == other.utf8.count else { return false }
    return one.utf8Span.span.withUnsafeBytes { one in
        other.utf8Span.span.withUnsafeBytes { other in
            guard let start = one.baseAddress, let otherStart = other.baseAddress else {
                return true
            }
            return memcmp(start, otherStart, one.count) == 0
        }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
    }
}
