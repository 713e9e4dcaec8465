internal import HTTPTypes

/// The trace that a request belongs to, as its caller says (W3C Trace Context).
///
///     TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")?.spanID
///     // 00f067aa0ba902b7
///
/// Passed through and written beside what is logged. The service begins no spans of its own: the
/// span in the log is the caller's. What is not valid is taken for nothing at all, as the
/// recommendation asks.
struct TraceContext: Equatable {
    /// 32 lower-case hexadecimal digits, not all zero.
    let traceID: String
    /// The caller's span: 16 lower-case hexadecimal digits, not all zero.
    let spanID: String
    /// The flags of version 00: 2 lower-case hexadecimal digits.
    let flags: String
    /// What the systems of the trace tell each other, as it came; `nil` where it is not valid.
    let state: String?

    /// What the headers say; `nil` where there is none, or it is not valid.
    init?(_ headers: HTTPFields) {
        guard let parent = headers[.traceparent] else { return nil }
        self.init(traceparent: parent, tracestate: headers[.tracestate])
    }

    init?(traceparent: String, tracestate: String? = nil) {
        // version-traceid-parentid-flags: 2, 32, 16 and 2 digits.
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }) else {
            return nil
        }
        func digits(_ range: Range<Int>) -> String? {
            guard bytes[range].allSatisfy(TraceContext.isDigit) else { return nil }
            return String(decoding: bytes[range], as: UTF8.self)
        }
        guard let version = digits(0..<2), version != "ff", let traceID = digits(3..<35),
            let spanID = digits(36..<52), let flags = digits(53..<55),
            traceID.utf8.contains(where: { $0 != UInt8(ascii: "0") }),
            spanID.utf8.contains(where: { $0 != UInt8(ascii: "0") })
        else { return nil }
        // A later version may have more behind another dash, which is not ours to understand.
        let isWhole = bytes.count == 55
        guard isWhole || version != "00" && bytes[55] == UInt8(ascii: "-") else { return nil }
        self.traceID = traceID
        self.spanID = spanID
        self.flags =
            version == "00" ? flags : TraceContext.isSampled(bytes[54]) ? "01" : "00"
        state = tracestate.flatMap { TraceContext.isState($0) ? $0 : nil }
    }

    /// The header of version 00, the one that is known here: that of a later version is written
    /// again as far as it is understood.
    var traceparent: String { "00-\(traceID)-\(spanID)-\(flags)" }

    /// Writes it into an answer's headers.
    func pass(to headers: inout HTTPFields) {
        headers[.traceparent] = traceparent
        headers[.tracestate] = state
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }

    /// Whether the lowest bit of a digit is set: the one flag that every version knows.
    private static func isSampled(_ digit: UInt8) -> Bool {
        let isLetter = digit >= UInt8(ascii: "a")
        return (digit - (isLetter ? UInt8(ascii: "a") : UInt8(ascii: "0"))) % 2 == 1
    }

    /// The most members of a state.
    private static let memberLimit = 32

    /// Whether a text is a state: at most 32 members `key=value`, of which some may be empty.
    private static func isState(_ text: String) -> Bool {
        let members = text.utf8.split(separator: UInt8(ascii: ",")).map(trimmed).filter {
            !$0.isEmpty
        }
        guard (1...memberLimit).contains(members.count) else { return false }
        var keys: Set<String> = []
        return members.allSatisfy { member in
            guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return false }
            let key = member[..<equals]
            let value = member[member.index(after: equals)...]
            return isKey(key) && isValue(value)
                && keys.insert(String(decoding: key, as: UTF8.self)).inserted
        }
    }

    private static func trimmed(_ member: Substring.UTF8View) -> Substring.UTF8View {
        var rest = member.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// 1 to 256 of `a-z 0-9 _ - * / @`, the first a letter or a digit.
    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: false
            }
        }
        guard let first = key.first, key.count <= 256 else { return false }
        return isAlphanumeric(first)
            && key.allSatisfy { isAlphanumeric($0) || "_-*/@".utf8.contains($0) }
    }

    /// 1 to 256 printable characters of ASCII but `,` and `=`.
    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        (1...256).contains(value.count)
            && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
    }
}

extension HTTPField.Name {
    static let traceparent = known("traceparent")
    static let tracestate = known("tracestate")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else {
            preconditionFailure("\(text) is a header's name")
        }
        return name
    }
}
