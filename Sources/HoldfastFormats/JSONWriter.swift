extension JSON {
    /// The value as JSON text, on one line or indented by two spaces.
    ///
    ///     JSON.array([1, 1.0, "a\nb"]).text()   // [1,1.0,"a\nb"]
    public func text(pretty: Bool = false) -> String {
        var output: [UInt8] = []
        write(to: &output, pretty: pretty)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends the value as JSON text.
    ///
    /// A double is written by the shortest digits that read back the same, with `.0` where it is
    /// whole. A double that is not finite has no JSON: passing one is a bug and traps.
    public func write(to output: inout [UInt8], pretty: Bool = false) {
        write(to: &output, pretty: pretty, indent: 0)
    }

    private func write(to output: inout [UInt8], pretty: Bool, indent: Int) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): output.append(contentsOf: String(value).utf8)
        case .number(let value):
            precondition(value.isFinite, "a double that is not finite has no JSON")
            output.append(contentsOf: value.description.utf8)
        case .string(let text): appendJSONString(text, to: &output)
        case .array(let elements):
            write(elements, "[", "]", to: &output, pretty, indent) { element, output in
                element.write(to: &output, pretty: pretty, indent: indent + 1)
            }
        case .object(let object):
            write(object.members, "{", "}", to: &output, pretty, indent) {
                member, output in
                appendJSONString(member.key, to: &output)
                output.append(UInt8(ascii: ":"))
                if pretty { output.append(UInt8(ascii: " ")) }
                member.value.write(to: &output, pretty: pretty, indent: indent + 1)
            }
        }
    }

    private func write<Element>(
        _ elements: [Element], _ open: Unicode.Scalar, _ close: Unicode.Scalar,
        to output: inout [UInt8], _ pretty: Bool, _ indent: Int,
        each: (Element, inout [UInt8]) -> Void
    ) {
        output.append(UInt8(ascii: open))
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            if pretty { appendLine(to: &output, indent: indent + 1) }
            each(element, &output)
        }
        if pretty, !elements.isEmpty { appendLine(to: &output, indent: indent) }
        output.append(UInt8(ascii: close))
    }

    private func appendLine(to output: inout [UInt8], indent: Int) {
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * indent))
    }
}
