internal import HoldfastFormats

/// Turns the values of YAML files into a catalog, and collects every fault on the way.
struct CatalogReader {
    var problems: [CatalogProblem] = []

    /// The most experiments, holdouts or layers.
    static let experimentLimit = 1_000
    static let saltBytes = 16...1_024

    private typealias Sections = [String: [CatalogNode.Member]]

    mutating func read(
        _ files: [(name: String, text: String)], salt source: (Catalog.SaltSource) -> String?,
        knownSalt: String? = nil
    ) throws(CatalogError) -> Catalog {
        var sections: Sections = [:]
        for file in files {
            guard let root = try CatalogNode.read(file.text, file: file.name) else {
                report(
                    Place(file: file.name, line: 1, column: 1), "the file is empty",
                    "begin with holdfast: 1; `holdfast init` writes a catalog to start from")
                continue
            }
            readFile(root, isCanonical: knownSalt != nil, into: &sections)
        }
        let start = Place(file: files.first?.name ?? "catalog", line: 1, column: 1)
        let salt = knownSalt ?? readSalt(sections["salt"] ?? [], at: start, source)
        let holdouts = named("holdouts", in: sections) { reader, name, node in
            reader.readHoldout(name, node)
        }
        let layers = named("layers", in: sections) { reader, name, node in
            reader.readLayer(name, node)
        }
        let experiments = named("experiments", in: sections) { reader, name, node in
            reader.readExperiment(name, node)
        }
        checkReferences(holdouts: holdouts, layers: layers, experiments: experiments)
        guard problems.isEmpty, let salt else {
            throw CatalogError(
                problems.sorted {
                    ($0.place.file, $0.place.line, $0.place.column)
                        < ($1.place.file, $1.place.line, $1.place.column)
                })
        }
        return Catalog(
            holdouts: holdouts.map(\.value), layers: layers.map(\.value),
            experiments: experiments.map(\.value), canonicalText: canonicalText(of: sections),
            salt: salt)
    }

    mutating func report(_ place: Place, _ message: String, _ hint: String) {
        problems.append(CatalogProblem(place: place, message: message, hint: hint))
    }

    // MARK: - Files and sections

    private mutating func readFile(
        _ root: CatalogNode, isCanonical: Bool, into sections: inout Sections
    ) {
        let known = ["holdfast", "salt", "holdouts", "layers", "experiments"]
        guard let members = members(of: root, "a catalog", known: known) else { return }
        if let format = members["holdfast"] {
            if format.number != .integer(1) {
                report(
                    format.place, "the format is \(format.kind), and this program reads 1",
                    "write holdfast: 1, or use a newer program")
            }
        } else {
            report(root.place, "the key \"holdfast\" is missing", "begin with holdfast: 1")
        }
        if let salt = members["salt"] {
            sections["salt", default: []].append(.init(key: salt, value: salt))
        }
        for section in ["holdouts", "layers", "experiments"] {
            guard let node = members[section], !node.isNull else { continue }
            guard case .mapping(let entries) = node.content else {
                report(node.place, "\(section) is \(node.kind)", "write a map of names")
                continue
            }
            let count = entries.count + (sections[section]?.count ?? 0)
            guard count <= CatalogReader.experimentLimit else {
                report(
                    node.place, "the catalog has \(count) \(section)",
                    "at most \(CatalogReader.experimentLimit) are possible")
                continue
            }
            for entry in entries {
                let name = entry.key.text ?? ""
                if let first = sections[section]?.first(where: {
                    sameBytes($0.key.text ?? "", name)
                }) {
                    report(
                        entry.key.place, "\"\(name)\" is declared at \(first.key.place) already",
                        "rename or remove one of the two")
                } else {
                    sections[section, default: []].append(entry)
                }
            }
        }
    }

    private mutating func readSalt(
        _ nodes: [CatalogNode.Member], at start: Place,
        _ source: (Catalog.SaltSource) -> String?
    ) -> String? {
        let advice = "write salt: ${HOLDFAST_SALT}, or file:PATH, or 16 characters and more"
        guard let node = nodes.first?.value else {
            report(start, "the salt is missing", advice)
            return nil
        }
        if nodes.count > 1 {
            report(nodes[1].value.place, "the salt is there twice", "keep one of the two")
        }
        guard let text = node.text, !node.isNull else {
            report(node.place, "the salt is \(node.isNull ? "empty" : node.kind)", advice)
            return nil
        }
        var salt = text
        var origin = "the salt"
        if text.hasPrefix("${"), text.hasSuffix("}") {
            let name = String(text.dropFirst(2).dropLast())
            origin = "the salt in the environment variable \(name)"
            guard let value = source(.environment(name)), !value.isEmpty else {
                report(
                    node.place, "\(origin) is not set",
                    "export \(name), of at least \(CatalogReader.saltBytes.lowerBound) characters")
                return nil
            }
            salt = value
        } else if text.hasPrefix("${") {
            // Taken as it stands it would be a salt that everybody can read.
            report(node.place, "the salt begins with \"${\" and does not end with \"}\"", advice)
            return nil
        } else if text.hasPrefix("file:") {
            let path = String(text.dropFirst(5))
            origin = "the salt in \(path)"
            guard let value = source(.file(path: path, catalogFile: node.place.file)) else {
                report(node.place, "\(origin) cannot be read", "create the file, or mend its path")
                return nil
            }
            salt = String(value.prefix { $0 != "\n" && $0 != "\r\n" })
        }
        // The salt itself is never shown: only what is wrong with it.
        let length = salt.unicodeScalars.count
        if length < CatalogReader.saltBytes.lowerBound
            || salt.utf8.count > CatalogReader.saltBytes.upperBound
        {
            report(
                node.place, "\(origin) has \(length) characters",
                "it must have \(CatalogReader.saltBytes.lowerBound) to \(CatalogReader.saltBytes.upperBound), so that nobody can guess it"
            )
            return nil
        }
        if salt.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 < 0x20 }) {
            report(
                node.place, "\(origin) holds a \"/\" or a control character",
                "use others: \"/\" separates the parts of the hashed key")
            return nil
        }
        return salt
    }

    private mutating func named<Value>(
        _ section: String, in sections: Sections,
        read: (inout CatalogReader, Name, CatalogNode) -> Value?
    ) -> [Declared<Value>] {
        var declared: [Declared<Value>] = []
        for (key, node) in (sections[section] ?? []).map({ ($0.key, $0.value) }) {
            guard let name = readName(key) else { continue }
            if let value = read(&self, name, node) {
                declared.append(Declared(value: value, key: key.place, node: node))
            }
        }
        return declared
    }

    private func canonicalText(of sections: Sections) -> String {
        var output = Array("{\"holdfast\":1".utf8)
        for section in ["holdouts", "layers", "experiments"] {
            guard let entries = sections[section], !entries.isEmpty else { continue }
            output.append(UInt8(ascii: ","))
            appendJSONString(section, to: &output)
            output.append(UInt8(ascii: ":"))
            let place = Place(file: section, line: 1, column: 1)
            CatalogNode(content: .mapping(entries), place: place).writeCanonical(to: &output)
        }
        output.append(UInt8(ascii: "}"))
        return String(decoding: output, as: UTF8.self)
    }
}

/// A declared value with the places that later checks point at.
struct Declared<Value> {
    let value: Value
    let key: Place
    let node: CatalogNode

    /// The place of one of its members, or that of its name.
    func place(of member: String) -> Place { node.member(member)?.place ?? key }
}

extension CatalogNode {
    /// The value of a map's member.
    func member(_ name: String) -> CatalogNode? {
        guard case .mapping(let members) = content else { return nil }
        return members.first { $0.key.text == name }?.value
    }
}
