internal import HoldfastFormats

/// The small values of other systems' rules: seeds, fractions, percentages, weights, ranges.
extension CatalogReader {
    /// The most ranges in one list.
    static let peerRangeLimit = 1_000

    /// A text that goes into the hash: a number is taken as it is written.
    mutating func readSeed(
        _ key: String, of members: [String: CatalogNode], default standard: String?, at place: Place
    ) -> String? {
        guard let node = members[key] else {
            if standard == nil {
                report(place, "the key \"\(key)\" is missing", "copy it from the other system")
            }
            return standard
        }
        guard let text = node.text, !node.isNull else {
            report(
                node.place, "\"\(key)\" is \(node.isNull ? "empty" : node.kind)",
                "write a text, as it stands in the other system")
            return nil
        }
        guard text.utf8.count <= PeerHash.seedLimit else {
            report(
                node.place, "\"\(key)\" has \(text.utf8.count) bytes",
                "at most \(PeerHash.seedLimit) are possible")
            return nil
        }
        return text
    }

    /// A finite number, or a percentage as a fraction of 1: `0.8` or `80%`.
    mutating func readFraction(_ node: CatalogNode, _ what: String) -> Double? {
        if let number = node.number?.double { return number }
        if let share = node.text.flatMap({ Share(percent: $0) }) { return share.fraction }
        report(node.place, "\(what) is \(node.kind)", "write a number, as 0.8, or 80%")
        return nil
    }

    /// A percentage from 0 to 100, with or without its sign: `50`, `33.3` or `50%`.
    mutating func readPercentage(_ node: CatalogNode, _ what: String) -> Double? {
        if let number = node.number?.double, (0...100).contains(number) { return number }
        if let share = node.text.flatMap({ Share(percent: $0) }) { return share.percentage }
        report(
            node.place, "\(what) is \(node.kind)", "write a percentage from 0 to 100, as 50 or 50%")
        return nil
    }

    /// A whole number in a range.
    mutating func readWhole(
        _ node: CatalogNode, _ what: String, _ range: ClosedRange<Int64>
    ) -> Int64? {
        if case .integer(let number)? = node.number, range.contains(number) { return number }
        report(
            node.place, "\(what) is \(node.kind)",
            "write a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// One value for each arm, in their order.
    mutating func readForEachArm<Value>(
        _ node: CatalogNode, _ key: String, _ arms: PeerArms,
        read: (inout CatalogReader, CatalogNode) -> Value?
    ) -> [Value]? {
        guard areBare(arms, beside: key, node),
            let elements = elements(of: node, "\"\(key)\"", limit: CatalogReader.armLimit)
        else { return nil }
        guard elements.count == arms.count else {
            report(
                node.place, "\"\(key)\" has \(elements.count) elements for \(arms.count) arms",
                "write one for each arm, in the same order")
            return nil
        }
        let values = elements.compactMap { read(&self, $0) }
        return values.count == elements.count ? values : nil
    }

    /// A range of fractions of 1, `[0, 0.4]`, of which the end is beyond.
    mutating func readFractionRange(_ node: CatalogNode) -> (from: Double, to: Double)? {
        let hint = "write where it begins and ends, as [0, 0.4]"
        guard case .sequence(let ends) = node.content, ends.count == 2 else {
            report(node.place, "a range is \(node.kind) and not two numbers", hint)
            return nil
        }
        let from = readFraction(ends[0], "the beginning")
        let to = readFraction(ends[1], "the end")
        guard let from, let to else { return nil }
        guard from >= 0, to <= 1 else {
            report(node.place, "the range from \(from) to \(to) is not within 0 and 1", hint)
            return nil
        }
        guard from <= to else {
            report(node.place, "the range ends at \(to), before its beginning at \(from)", hint)
            return nil
        }
        return (from, to)
    }

    /// Ranges of buckets, `[[0, 500], [700, 800]]` or `[{start: 0, end: 500}]`; one range may stand
    /// without its list, as `[0, 500]`. The end is beyond.
    mutating func readBucketRanges(
        _ node: CatalogNode, _ what: String, below count: UInt64
    ) -> [Range<UInt64>]? {
        guard var elements = elements(of: node, what, limit: CatalogReader.peerRangeLimit) else {
            return nil
        }
        if elements.count == 2, elements.allSatisfy({ $0.text != nil }) { elements = [node] }
        var ranges: [Range<UInt64>] = []
        for element in elements {
            guard let range = readBucketRange(element, below: count) else { return nil }
            if ranges.contains(where: { $0.overlaps(range) }) {
                report(
                    element.place,
                    "the range from \(range.lowerBound) to \(range.upperBound) overlaps another of \(what)",
                    "let each begin where the one before ends, or later")
                return nil
            }
            ranges.append(range)
        }
        return ranges
    }

    private mutating func readBucketRange(
        _ node: CatalogNode, below count: UInt64
    ) -> Range<UInt64>? {
        let hint = "write where it begins and ends, as [0, \(count / 2)]"
        var ends: [CatalogNode] = []
        switch node.content {
        case .sequence(let elements): ends = elements
        case .mapping:
            let members = members(of: node, "a range", known: ["start", "end"])
            guard let members else { return nil }
            ends = [members["start"], members["end"]].compactMap { $0 }
        case .scalar: break
        }
        guard ends.count == 2 else {
            report(node.place, "a range is \(node.kind) and not two numbers", hint)
            return nil
        }
        let limit = 0...Int64(count)
        guard let from = readWhole(ends[0], "the beginning of a range", limit),
            let to = readWhole(ends[1], "the end of a range", limit)
        else { return nil }
        guard from <= to else {
            report(node.place, "the range ends at \(to), before its beginning at \(from)", hint)
            return nil
        }
        return UInt64(from)..<UInt64(to)
    }

    /// A range or more of buckets for each arm, none shared by two.
    mutating func readArmRanges(
        _ node: CatalogNode, _ arms: PeerArms, below count: UInt64
    ) -> [ArmRange]? {
        let ranges = readForEachArm(node, "ranges", arms) { reader, element in
            reader.readBucketRanges(element, "an arm's ranges", below: count)
        }
        guard let ranges else { return nil }
        let flat = ranges.enumerated().flatMap { arm, ranges in
            ranges.map { ArmRange(arm: arm, from: $0.lowerBound, to: $0.upperBound) }
        }.filter { $0.from < $0.to }
        let sorted = flat.sorted { $0.from < $1.from }
        if let (one, next) = zip(sorted, sorted.dropFirst()).first(where: { $0.to > $1.from }) {
            report(
                node.place,
                "the buckets from \(next.from) to \(min(one.to, next.to)) are given to both \(arms.names[one.arm]) and \(arms.names[next.arm])",
                "give each to one arm")
            return nil
        }
        return flat
    }
}

extension Share {
    /// The share in percent: the double nearest to it, which is that of the text.
    var percentage: Double { Double(millionths) / 10_000 }
}
