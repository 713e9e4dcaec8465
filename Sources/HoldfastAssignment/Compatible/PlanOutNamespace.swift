internal import HoldfastFormats

/// PlanOut's namespaces: experiments that share segments of units exclusively.
extension CatalogReader {
    /// The most segments of a namespace.
    static let segmentLimit: Int64 = 100_000
    /// The most experiments that were ever added or removed.
    static let namespaceHistoryLimit = 1_000
    /// The most hashes that sampling segments may take: each addition takes one a free segment.
    static let sampleLimit = 2_000_000

    /// The gate of an experiment's segments, and the salt that the experiment has in the namespace.
    mutating func readPlanOutNamespace(
        _ node: CatalogNode, _ arms: PeerArms
    ) -> (gate: Compatibility.Gate, salt: String)? {
        let known = ["name", "segments", "experiment", "history", "ranges", "fastSample"]
        guard let members = members(of: node, "a namespace", known: known) else { return nil }
        guard let segmentsNode = members["segments"] else {
            report(node.place, "the key \"segments\" is missing", "write segments: 10000")
            return nil
        }
        let name = readSeed("name", of: members, default: nil, at: node.place)
        let experiment = readSeed(
            "experiment", of: members, default: arms.experiment.text, at: node.place)
        let segments = readWhole(
            segmentsNode, "the number of segments", 1...CatalogReader.segmentLimit)
        guard let name, let experiment, let segments else { return nil }
        let passing: [Range<UInt64>]?
        switch (members["ranges"], members["history"]) {
        case (let list?, nil):
            passing = readBucketRanges(list, "a namespace's ranges", below: UInt64(segments))
        case (nil, let list?):
            var isFast = false
            if let value = members["fastSample"] {
                guard let boolean = value.boolean else {
                    report(value.place, "\"fastSample\" is \(value.kind)", "write true or false")
                    return nil
                }
                isFast = boolean
            }
            passing = readHistory(
                list, Namespace(name: name, segments: Int(segments), isFast: isFast),
                of: experiment)
        case (nil, nil), (.some, .some):
            report(
                node.place, "the namespace has not one of \"history\" and \"ranges\"",
                "write history: [{add: exp, segments: 100}], or the experiment's segments as ranges: [[0, 100]]"
            )
            return nil
        }
        guard let passing else { return nil }
        let hash = PeerHash(.planoutChoice(count: UInt64(segments)), seed: name + ".segment")
        return (Compatibility.Gate(hash, passing: passing), name + "." + experiment)
    }

    /// The segments that the experiment has after all additions and removals.
    private mutating func readHistory(
        _ node: CatalogNode, _ namespace: Namespace, of experiment: String
    ) -> [Range<UInt64>]? {
        let limit = CatalogReader.namespaceHistoryLimit
        guard let elements = elements(of: node, "\"history\"", limit: limit) else { return nil }
        var namespace = namespace
        var work = 0
        for element in elements {
            let known = ["add", "segments", "remove"]
            guard let members = members(of: element, "a step", known: known) else { return nil }
            if members["remove"] != nil {
                guard members["add"] == nil, members["segments"] == nil,
                    let name = readSeed("remove", of: members, default: nil, at: element.place)
                else {
                    report(element.place, "a step both adds and removes", "write two steps")
                    return nil
                }
                guard namespace.remove(name) else {
                    report(
                        element.place, "\"\(name.prefix(64))\" is not in the namespace there",
                        "remove what was added before")
                    return nil
                }
                continue
            }
            guard let value = members["segments"] else {
                report(
                    element.place, "a step does not say how many segments",
                    "write {add: exp, segments: 100}, or {remove: exp}")
                return nil
            }
            let limit = CatalogReader.segmentLimit
            guard let name = readSeed("add", of: members, default: nil, at: element.place),
                let draws = readWhole(value, "the number of segments", 1...limit)
            else { return nil }
            work += namespace.free.count
            guard work <= CatalogReader.sampleLimit else {
                report(
                    element.place,
                    "the history takes more than \(CatalogReader.sampleLimit) hashes",
                    "write the experiment's segments themselves, as ranges: [[0, 100]]")
                return nil
            }
            guard draws <= namespace.free.count, namespace.owned[Array(name.utf8)] == nil else {
                report(
                    element.place,
                    "\"\(name.prefix(64))\" cannot be added: \(namespace.free.count) segments are free",
                    "PlanOut adds an experiment once, and only where enough segments are free")
                return nil
            }
            namespace.add(name, draws: Int(draws))
        }
        guard let own = namespace.owned[Array(experiment.utf8)] else {
            report(
                node.place,
                "the history does not end with \"\(experiment.prefix(64))\" in the namespace",
                "add it, or say which experiment: is meant")
            return nil
        }
        return own.map { UInt64($0)..<UInt64($0) + 1 }
    }

    /// The state of a namespace while its history is followed.
    private struct Namespace {
        let name: String
        let isFast: Bool
        /// The segments of each experiment, by the bytes of its name.
        var owned: [[UInt8]: [Int]] = [:]
        /// Free segments, ascending.
        var free: [Int]

        init(name: String, segments: Int, isFast: Bool) {
            self.name = name
            self.isFast = isFast
            free = Array(0..<segments)
        }

        mutating func remove(_ experiment: String) -> Bool {
            guard let segments = owned.removeValue(forKey: Array(experiment.utf8)) else {
                return false
            }
            free = (free + segments).sorted()
            return true
        }

        /// Draws segments without replacement: Fisher and Yates' shuffle from the end, with a hash
        /// for each place. The fast kind stops early and takes the end that is shuffled already.
        mutating func add(_ experiment: String, draws: Int) {
            let hash = PeerHash(.planout, seed: "\(name).sampled_segments.\(experiment)")
            var choices = free
            let stop = choices.count - draws
            var drawn: [Int]?
            for place in stride(from: choices.count - 1, to: 0, by: -1) {
                let bucket = Array(String(place).utf8).withUnsafeBytes { hash.bucket(of: $0) }
                choices.swapAt(place, Int(bucket % UInt64(place + 1)))
                if isFast, place == stop {
                    drawn = Array(choices[place...])
                    break
                }
            }
            let segments = drawn ?? Array(choices[..<draws])
            owned[Array(experiment.utf8)] = segments
            let taken = Set(segments)
            free.removeAll { taken.contains($0) }
        }
    }
}
