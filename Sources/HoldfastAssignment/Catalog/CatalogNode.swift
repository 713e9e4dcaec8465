package import HoldfastFormats
internal import Yams

/// Where something stands in a catalog: `catalog.yaml:12:5`.
public struct Place: Sendable, Hashable, CustomStringConvertible {
    /// The file's name, as it was given.
    public var file: String
    /// The line, from 1.
    public var line: Int
    /// The column in characters, from 1.
    public var column: Int

    public var description: String { "\(file):\(line):\(column)" }
}

/// A value of a YAML file with the place where it stands.
package struct CatalogNode {
    package enum Content {
        case scalar(String, isQuoted: Bool)
        case sequence([CatalogNode])
        case mapping([Member])
    }

    /// One key of a map, with its value.
    package struct Member {
        package let key: CatalogNode
        package let value: CatalogNode
    }

    package let content: Content
    package let place: Place

    /// What it is, as a message says it.
    package var kind: String {
        switch content {
        case .scalar(let text, _): "\"\(text.prefix(64))\""
        case .sequence: "a list"
        case .mapping: "a map"
        }
    }

    /// The characters of a scalar, quoted or not.
    package var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// Whether nothing is there: an empty value, `null` or `~`.
    package var isNull: Bool {
        guard case .scalar(let text, isQuoted: false) = content else { return false }
        return text.isEmpty || text == "null" || text == "~"
    }

    /// A plain scalar as a boolean, by YAML 1.2's core schema: `true` or `false`. (By YAML 1.1 the
    /// country code `NO` would be one.)
    package var boolean: Bool? {
        guard case .scalar(let text, isQuoted: false) = content else { return nil }
        return text == "true" ? true : text == "false" ? false : nil
    }

    /// A plain scalar as a finite number, by JSON's grammar.
    package var number: JSON? {
        guard case .scalar(let text, isQuoted: false) = content,
            let value = try? JSON.parse(Array(text.utf8)),  // Not JSON means: not a number.
            value.double != nil
        else { return nil }
        return value
    }
}

extension CatalogNode {
    /// The most bytes that one file may have.
    static let byteLimit = 4 << 20
    /// The most values in one file, aliases resolved: an alias of aliases can stand for billions.
    static let nodeLimit = 1_000_000

    /// Reads a YAML file that holds one document; `nil` if it is empty.
    package static func read(_ text: String, file: String) throws(CatalogError) -> CatalogNode? {
        let start = Place(file: file, line: 1, column: 1)
        guard text.utf8.count <= byteLimit else {
            throw CatalogError(
                start, "the file has \(text.utf8.count) bytes",
                "it may have \(byteLimit); a catalog can be a folder of files")
        }
        var code = ScalarCode()
        // A byte order mark, as editors on Windows write it, is none of the document.
        let document = String(text.unicodeScalars.drop { $0 == "\u{FEFF}" })
        let encoded = try code.encode(document, at: start)
        do {
            // A node's tag is resolved by us: only the text counts.
            try AliasCount.check(encoded, file: file)
            let parser = try Parser(yaml: encoded, resolver: .basic)
            guard let root = try parser.singleRoot() else { return nil }
            var count = 0
            let lines = CatalogError.lineCount(of: encoded)
            return try convert(
                root, file: file, lines: lines, parent: start, code: code, count: &count)
        } catch let error as CatalogError {
            throw error
        } catch let error as YamlError {
            throw CatalogError(error, text: encoded, code: code, file: file)
        } catch {
            throw CatalogError(start, "the file cannot be read: \(error)", "write it as YAML")
        }
    }

    fileprivate static func tooManyValues(at place: Place) -> CatalogError {
        CatalogError(
            place, "the file has more than \(nodeLimit) values", "write out what aliases repeat")
    }

    private static func convert(
        _ node: Node, file: String, lines: Int, parent: Place, code: ScalarCode, count: inout Int
    ) throws -> CatalogNode {
        func inner(_ node: Node, at place: Place, _ count: inout Int) throws -> CatalogNode {
            try convert(
                node, file: file, lines: lines, parent: place, code: code, count: &count)
        }
        // A value that is missing at the end of a file stands on a line behind it.
        let place =
            node.mark.map { Place(file: file, line: min($0.line, lines), column: $0.column) }
            ?? parent
        count += 1
        guard count <= nodeLimit else { throw tooManyValues(at: place) }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return CatalogNode(
                content: .scalar(code.decode(scalar.string), isQuoted: !isPlain), place: place)
        case .sequence(let sequence):
            let elements = try sequence.map { try inner($0, at: place, &count) }
            return CatalogNode(content: .sequence(elements), place: place)
        case .mapping(let mapping):
            let members = try mapping.map { member in
                Member(
                    key: try inner(member.key, at: place, &count),
                    value: try inner(member.value, at: place, &count))
            }
            return CatalogNode(content: .mapping(members), place: place)
        case .alias:
            throw CatalogError(place, "an alias stands for nothing", "write the value out")
        }
    }

    /// Appends the value as JSON, which is YAML too: what is kept in a ledger and hashed.
    ///
    /// The order of members is kept, because holdouts are asked in declared order. A key of more
    /// than 1,000 bytes is announced by `? `, which is YAML alone.
    func writeCanonical(to output: inout [UInt8]) {
        switch content {
        case .scalar(let text, _):
            if isNull {
                output.append(contentsOf: "null".utf8)
            } else if boolean != nil || number != nil {
                output.append(contentsOf: text.utf8)
            } else {
                appendJSONString(text, to: &output)
            }
        case .sequence(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.writeCanonical(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .mapping(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                var key: [UInt8] = []
                appendJSONString(member.key.text ?? "", to: &key)
                // YAML finds the ":" of a longer key only where the key is announced.
                let isLong = key.count > 1_000
                output.append(contentsOf: (isLong ? "? " : "").utf8)
                output.append(contentsOf: key)
                output.append(contentsOf: (isLong ? " :" : ":").utf8)
                member.value.writeCanonical(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }
}

/// How many values a file has once its aliases are resolved, before they are.
///
/// The YAML reader hashes each key of a map as it goes: an alias of aliases that is a key would
/// keep it busy for days, and no count that comes after it would help. So the text is read once
/// with each `*` replaced, which makes a plain text of an alias.
private struct AliasCount {
    /// A private-use character for `*`, of the end that ``ScalarCode`` comes to last.
    private static let standIn: Unicode.Scalar = "\u{10FFFD}"

    private var sizes: [String: Int] = [:]

    static func check(_ text: String, file: String) throws {
        guard text.utf8.contains(UInt8(ascii: "*")), text.utf8.contains(UInt8(ascii: "&")) else {
            return
        }
        let plain = String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0 == "*" ? standIn : $0 }))
        let parser = try Parser(yaml: plain, resolver: .basic)
        guard let root = try parser.singleRoot() else { return }
        var count = AliasCount()
        // A node does not keep its anchor alive; the reader does.
        let size = withExtendedLifetime(parser) { count.size(of: root) }
        guard size <= CatalogNode.nodeLimit else {
            throw CatalogNode.tooManyValues(at: Place(file: file, line: 1, column: 1))
        }
    }

    /// The size with aliases resolved; beyond the limit it no longer matters by how much.
    private mutating func size(of node: Node) -> Int {
        var size = 1
        switch node {
        case .scalar(let scalar): size = self.size(ofAlias: scalar.string) ?? 1
        case .sequence(let sequence):
            for element in sequence { size += self.size(of: element) }
        case .mapping(let mapping):
            for member in mapping {
                size += self.size(of: member.key) + self.size(of: member.value)
            }
        case .alias: break
        }
        size = min(size, CatalogNode.nodeLimit + 1)
        if let anchor = node.anchor { sizes[anchor.rawValue] = size }
        return size
    }

    private func size(ofAlias text: String) -> Int? {
        guard text.unicodeScalars.first == AliasCount.standIn else { return nil }
        let name = text.unicodeScalars.dropFirst().prefix {
            $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-".unicodeScalars.contains($0))
        }
        return sizes[String(String.UnicodeScalarView(name))]
    }
}

extension CatalogError {
    /// What the YAML reader found, with its place.
    ///
    /// Both are in terms of the text that it was given, stand-ins and all.
    fileprivate init(_ error: YamlError, text: String, code: ScalarCode, file: String) {
        func place(_ mark: Mark) -> Place {
            // What is missing at the end of a file is missed by the reader on a line behind it.
            let last = CatalogError.lineCount(of: text)
            return Place(file: file, line: min(mark.line, last), column: mark.column)
        }
        let hint = "mend the YAML; indentation and quotes are the usual reasons"
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(place(mark), "invalid YAML: \(problem)", hint)
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let second = CatalogError.secondLine(of: key, from: context.mark, in: text)
            self.init(
                Place(file: file, line: second, column: context.mark.column),
                "the key \"\(code.decode(key))\" is there twice", "keep one of the two")
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)  // The offset counts characters as Swift does.
            let line = before.count { CatalogError.lineBreaks.contains($0) } + 1
            self.init(
                Place(file: file, line: line, column: 1), "invalid YAML: \(problem)",
                "remove the character")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            self.init(
                Place(file: file, line: 1, column: 1), "invalid YAML: \(error)", hint)
        }
    }

    /// How many lines a text has.
    fileprivate static func lineCount(of text: String) -> Int {
        1 + text.count { lineBreaks.contains($0) }
    }

    /// What ends a line in YAML 1.1.
    private static let lineBreaks: Set<Character> = [
        "\n", "\r\n", "\r", "\u{85}", "\u{2028}", "\u{2029}",
    ]

    /// The line of a key's second appearance in the map that begins at a mark.
    ///
    /// The YAML reader names the map only; its keys stand in the column of the first.
    private static func secondLine(of key: String, from mark: Mark, in text: String) -> Int {
        // By bytes: to Swift, the end of a line from Windows is one character, and no "\n".
        let lines = text.utf8.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
        ).map { Substring($0) }
        let matches = lines.indices.dropFirst(max(0, mark.line - 1)).filter { index in
            let line = lines[index].unicodeScalars.dropFirst(max(0, mark.column - 1))
            let start = String(String.UnicodeScalarView(line))
            return lines[index].prefix(max(0, mark.column - 1)).allSatisfy { $0 == " " }
                && ["\(key):", "\"\(key)\":", "'\(key)':"].contains { start.hasPrefix($0) }
        }
        return matches.dropFirst().first.map { $0 + 1 } ?? mark.line
    }
}
