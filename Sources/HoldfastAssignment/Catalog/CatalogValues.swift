internal import HoldfastFormats

/// The small values of a catalog: names, shares, spans, times, lists of names.
extension CatalogReader {
    /// The members of a map whose keys must all be known.
    mutating func members(
        of node: CatalogNode, _ what: String, known: [String]
    ) -> [String: CatalogNode]? {
        guard case .mapping(let entries) = node.content else {
            report(
                node.place, "\(what) is \(node.kind)",
                "write a map: \(known.joined(separator: ", "))")
            return nil
        }
        var members: [String: CatalogNode] = [:]
        for (key, value) in entries.map({ ($0.key, $0.value) }) {
            guard let text = key.text else {
                report(key.place, "a key is \(key.kind)", "write a word")
                continue
            }
            guard known.contains(text) else {
                report(
                    key.place, "\(what) has no key \"\(text.prefix(64))\"",
                    "known: \(known.joined(separator: ", "))")
                continue
            }
            guard members.updateValue(value, forKey: text) == nil else {
                report(key.place, "the key \"\(text)\" is there twice", "keep one of the two")
                continue
            }
        }
        return members
    }

    mutating func elements(of node: CatalogNode, _ what: String, limit: Int) -> [CatalogNode]? {
        guard case .sequence(let elements) = node.content else {
            report(node.place, "\(what) is \(node.kind)", "write a list in brackets")
            return nil
        }
        guard elements.count <= limit else {
            report(
                node.place, "\(what) has \(elements.count) elements",
                "at most \(limit) are possible")
            return nil
        }
        return elements
    }

    mutating func readName(_ node: CatalogNode) -> Name? {
        if let text = node.text, !node.isNull, let name = Name(text) { return name }
        report(
            node.place, "\(node.kind) is no name",
            "use 1 to \(Name.byteLimit) of A-Z a-z 0-9 . _ -")
        return nil
    }

    /// A required member that is a name.
    mutating func readName(
        _ key: String, of members: [String: CatalogNode], at place: Place, _ hint: String
    ) -> Name? {
        guard let node = members[key] else {
            report(place, "the key \"\(key)\" is missing", hint)
            return nil
        }
        return readName(node)
    }

    mutating func readNames(_ node: CatalogNode, _ what: String) -> [Name]? {
        guard let elements = elements(of: node, what, limit: CatalogReader.experimentLimit) else {
            return nil
        }
        return elements.compactMap { readName($0) }
    }

    mutating func readShare(_ node: CatalogNode) -> Share? {
        guard let text = node.text else {
            report(node.place, "a share is \(node.kind)", "write a percentage, as 5%")
            return nil
        }
        if let share = Share(percent: text) { return share }
        let decimals = text.dropLast().split(separator: ".").dropFirst().first?.utf8.count ?? 0
        if text.utf8.last == UInt8(ascii: "%"), Double(text.dropLast()) != nil, decimals > 4 {
            report(
                node.place, "the share \"\(text.prefix(64))\" is no whole number of millionths",
                "write at most four decimals, as 0.0001%")
        } else {
            report(
                node.place, "\"\(text.prefix(64))\" is no share",
                "write a percentage from 0% to 100%, as 5% or 0.0001%")
        }
        return nil
    }

    mutating func readSpan(_ node: CatalogNode, _ what: String) -> Span? {
        if let text = node.text, let span = Span(text) { return span }
        report(
            node.place, "\(what) is \(node.kind)",
            "write a whole number and w, d, h, m or s, as 30d")
        return nil
    }

    mutating func readTime(_ node: CatalogNode) -> Timestamp? {
        guard let text = node.text else {
            report(node.place, "a time is \(node.kind)", "write it as 2026-01-01T00:00:00Z")
            return nil
        }
        do {
            return try Timestamp(rfc3339: text)
        } catch {
            report(
                node.place, "\"\(text.prefix(64))\" is no time: \(error.message)",
                "write it as 2026-01-01T00:00:00Z")
            return nil
        }
    }

    /// Shares by name, which must add up to 100%, from a map or a list of maps with one key.
    mutating func readShares(
        _ entries: [CatalogNode.Member], at place: Place, _ what: String
    ) -> [(name: Name, share: Share)]? {
        let before = problems.count
        var shares: [(name: Name, share: Share)] = []
        for (key, value) in entries.map({ ($0.key, $0.value) }) {
            let share = readShare(value)
            guard let name = readName(key), let share else { continue }
            if shares.contains(where: { $0.name == name }) {
                report(key.place, "\(what) \"\(name)\" is there twice", "keep one of the two")
            }
            shares.append((name, share))
        }
        guard problems.count == before else { return nil }
        let sum = shares.reduce(0) { $0 + $1.share.millionths }
        guard sum == 1_000_000 else {
            let total = sum <= 1_000_000 ? "\(Share(millionths: sum))" : "\(Double(sum) / 10_000)%"
            report(
                place, "the shares of \(what)s add up to \(total), not to 100%",
                "change them so that they do")
            return nil
        }
        return shares
    }
}
