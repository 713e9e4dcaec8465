internal import HoldfastFormats

/// The name of an experiment, arm, layer, holdout, feature: 1 to 64 of `A-Z a-z 0-9 . _ -`.
///
/// No other characters, so that a name can stand in a hash key, a path, a column and a URL as it
/// is, and so that `/` can separate the parts of a key without doubt.
public struct Name: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name's characters.
    public let text: String

    /// The longest name, in bytes.
    public static let byteLimit = 64

    /// A name of these characters, or `nil` where they are none.
    public init?(_ text: String) {
        guard (1...Name.byteLimit).contains(text.utf8.count),
            text.utf8.allSatisfy(Name.isAllowed)
        else { return nil }
        self.text = text
    }

    /// The name of the arm that is left alone.
    public static let control = Name(literal: "control")

    /// The name of a fold of a split, counted from 1: `fold-1`.
    static func fold(_ number: Int) -> Name {
        guard let name = Name("fold-\(number)") else { preconditionFailure("it is a name") }
        return name
    }

    /// A name known to be one.
    package init(literal text: StaticString) {
        let text = "\(text)"
        precondition(Name(text) != nil, "\(text) is no name")
        self.text = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    public static func < (one: Name, other: Name) -> Bool { one.text < other.text }

    public var description: String { text }
}

/// What is dealt to an arm: the id of one customer, device or shop; or, as a cluster, of a
/// household.
///
/// Identity is by bytes. Two texts that Swift holds equal may be two units:
///
///     UnitID("é") == UnitID("e\u{301}")   // false
public struct UnitID: Hashable, Sendable, CustomStringConvertible {
    /// The id as it was given: neither normalised nor folded.
    public let text: String

    /// The longest id, in bytes.
    public static let byteLimit = 1_024

    /// An id of 1 to 1,024 bytes of UTF-8, or `nil` where it is empty or longer.
    public init?(_ text: String) {
        guard (1...UnitID.byteLimit).contains(text.utf8.count) else { return nil }
        self.text = text
    }

    /// Works with the id's bytes.
    @inline(__always)
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try text.utf8Span.span.withUnsafeBytes(body)
    }

    public static func == (one: UnitID, other: UnitID) -> Bool { sameBytes(one.text, other.text) }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }

    public var description: String { text }
}
