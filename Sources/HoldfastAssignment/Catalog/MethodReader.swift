internal import HoldfastFormats

/// How an experiment deals: `rotate`, `explore` and `switchback`, and the arms that go with each.
extension CatalogReader {
    /// The keys of which an experiment has one at most; without any it deals by shares.
    static let methodKeys = ["rotate", "explore", "switchback", "compatible"]
    static let bandLimit = 100

    /// The method and the arms, or `nil` where either is refused.
    mutating func readMethod(
        of members: [String: CatalogNode], experiment: Name, at place: Place
    ) -> (method: Method, arms: [Experiment.Arm])? {
        let given = CatalogReader.methodKeys.filter { members[$0] != nil }
        if given.count > 1, let second = members[given[1]] {
            report(
                second.place, "units are dealt by both \"\(given[0])\" and \"\(given[1])\"",
                "keep one of the two")
            return nil
        }
        guard let key = given.first, let node = members[key] else {
            return readArms(members["arms"], at: place).map { (.shares, $0) }
        }
        switch key {
        case "rotate":
            let rotation = readRotation(node)
            let arms = readOtherArms(members["arms"], key)
            guard let rotation, let arms else { return nil }
            return (.rotation(rotation), arms)
        case "explore":
            let bands = readBands(node)
            let arms = readOtherArms(members["arms"], key)
            if let cluster = members["cluster"] {
                report(
                    cluster.place,
                    "\"explore\" and \"cluster\" cannot be together: members of one \(cluster.text ?? "cluster") with different scores would be in different arms",
                    "score whole clusters and make them the unit, or remove one of the two")
                return nil
            }
            guard let bands, let arms else { return nil }
            return (.exploration(bands), arms)
        case "compatible":
            guard let arms = readArms(members["arms"], at: place, withShares: false) else {
                return nil
            }
            let shares = arms.compactMap(\.share)
            let rule = readCompatibility(
                node, experiment: experiment, arms: arms.map(\.name),
                shares: shares.count == arms.count ? shares : nil)
            guard let rule else { return nil }
            let dealt = zip(arms, rule.shares).map {
                Experiment.Arm(name: $0.name, share: $0.share ?? $1)
            }
            return (.compatible(rule), dealt)
        default:
            let switchback = readSwitchback(node)
            if let cluster = members["cluster"] {
                report(
                    cluster.place, "a switchback has no cluster",
                    "remove it: the unit is itself the region or shop that is dealt")
                return nil
            }
            guard let switchback, let arms = readArms(members["arms"], at: place) else {
                return nil
            }
            return (.switchback(switchback), arms)
        }
    }

    // MARK: - Arms

    /// Arms with shares that add up to 100%; or, where another system's rule says how they are
    /// dealt, as bare names.
    mutating func readArms(
        _ node: CatalogNode?, at place: Place, withShares: Bool = true
    ) -> [Experiment.Arm]? {
        let hint = "write arms: [{control: 5%}, {treatment: 95%}]"
        guard let node else {
            report(place, "the key \"arms\" is missing", hint)
            return nil
        }
        if !withShares, let names = readBareArms(node) { return names.isEmpty ? nil : names }
        return readArmEntries(node, hint).flatMap { readShares($0, at: node.place, "arm") }?.map {
            Experiment.Arm(name: $0.name, share: $0.share)
        }
    }

    /// Arms that are all bare names; `nil` where none is, and none where something is wrong.
    private mutating func readBareArms(_ node: CatalogNode) -> [Experiment.Arm]? {
        guard case .sequence(let elements) = node.content, !elements.isEmpty,
            elements.allSatisfy({ $0.text != nil })
        else { return nil }
        guard elements.count <= CatalogReader.armLimit else { return nil }
        var arms: [Experiment.Arm] = []
        for element in elements {
            guard let name = readName(element) else { return [] }
            if arms.contains(where: { $0.name == name }) {
                report(element.place, "arm \"\(name)\" is there twice", "keep one of the two")
                return []
            }
            arms.append(Experiment.Arm(name: name, share: nil))
        }
        return arms
    }

    /// The arms beside a control arm that the method makes: they share what is not control.
    private mutating func readOtherArms(
        _ node: CatalogNode?, _ key: String
    ) -> [Experiment.Arm]? {
        let control = Experiment.Arm(name: .control, share: nil)
        let treatment = Experiment.Arm(name: Name(literal: "treatment"), share: .all)
        guard let node else { return [control, treatment] }
        let hint = "write the others only, which share what is not control: [{treatment: 100%}]"
        guard let entries = readArmEntries(node, hint) else { return nil }
        if let declared = entries.first(where: { $0.key.text == Name.control.text }) {
            report(
                declared.key.place,
                "control is among the arms, and its share follows from \"\(key)\"",
                "list the other arms only, which share what is not control: [{treatment: 100%}]")
            return nil
        }
        return readShares(entries, at: node.place, "arm").map { shares in
            [control] + shares.map { Experiment.Arm(name: $0.name, share: $0.share) }
        }
    }

    private mutating func readArmEntries(
        _ node: CatalogNode, _ hint: String
    ) -> [CatalogNode.Member]? {
        guard let elements = elements(of: node, "arms", limit: CatalogReader.armLimit) else {
            return nil
        }
        guard !elements.isEmpty else {
            report(node.place, "there are no arms", hint)
            return nil
        }
        var entries: [CatalogNode.Member] = []
        for element in elements {
            guard case .mapping(let members) = element.content, members.count == 1 else {
                report(element.place, "an arm is not one name with its share", hint)
                return nil
            }
            entries.append(members[0])
        }
        return entries
    }

    // MARK: - Rotation

    private mutating func readRotation(_ node: CatalogNode) -> Rotation? {
        let hint = "write rotate: {panels: 50, stay: 2, every: 30d, from: 2026-01-01}"
        let keys = ["panels", "stay", "every", "from"]
        guard let members = members(of: node, "a rotation", known: keys) else { return nil }
        for key in keys where members[key] == nil {
            report(node.place, "the key \"\(key)\" is missing", hint)
        }
        guard let panelsNode = members["panels"], let stayNode = members["stay"],
            let everyNode = members["every"], let fromNode = members["from"]
        else { return nil }
        let panels = readCount(
            panelsNode, "the number of panels", 2...Rotation.panelLimit,
            "write a whole number from 2 to \(Rotation.panelLimit), as 50")
        let stay = readCount(
            stayNode, "the stay", 1...Rotation.panelLimit,
            "write a whole number of periods, as 2")
        let every = readLength(everyNode, "the period")
        let from = readDate(fromNode)
        guard let panels, let stay, let every, let from else { return nil }
        guard stay < panels else {
            report(
                stayNode.place,
                "a stay of \(stay) periods in \(panels) panels leaves no unit outside control",
                "write fewer periods, or more panels")
            return nil
        }
        return Rotation(panels: panels, stay: stay, every: every, from: from)
    }

    private mutating func readCount(
        _ node: CatalogNode, _ what: String, _ range: ClosedRange<Int>, _ hint: String
    ) -> Int? {
        if case .integer(let number)? = node.number, let count = Int(exactly: number),
            range.contains(count)
        {
            return count
        }
        report(node.place, "\(what) is \(node.kind)", hint)
        return nil
    }

    private mutating func readLength(_ node: CatalogNode, _ what: String) -> Span? {
        guard let span = readSpan(node, what) else { return nil }
        if span > .zero { return span }
        report(node.place, "\(what) is 0", "write how long it is, as 6h or 30d")
        return nil
    }

    /// A date, which is its midnight in UTC, or a time.
    private mutating func readDate(_ node: CatalogNode) -> Timestamp? {
        // A time is tried first: only what is none can be a date, and is reported as a time.
        if let text = node.text, text.utf8.count == 10,
            let midnight = try? Timestamp(rfc3339: text + "T00:00:00Z")
        {
            return midnight
        }
        return readTime(node)
    }

    // MARK: - Exploration

    private mutating func readBands(_ node: CatalogNode) -> [Method.Band]? {
        let hint = "write explore: [{below: 0.5, control: 10%}, {control: 1%}]"
        guard
            let elements = elements(
                of: node, "explore", limit: CatalogReader.bandLimit)
        else { return nil }
        guard let last = elements.last else {
            report(node.place, "\"explore\" has no bands", hint)
            return nil
        }
        let before = problems.count
        var bands: [Method.Band] = []
        for (index, element) in elements.enumerated() {
            let known = ["below", "control"]
            guard let members = members(of: element, "a band", known: known) else {
                continue
            }
            guard let share = members["control"] else {
                report(element.place, "the key \"control\" is missing", hint)
                continue
            }
            let control = readShare(share)
            guard let node = members["below"] else {
                // Not by place: an alias stands where its anchor does.
                if index < elements.count - 1 {
                    report(
                        element.place, "the key \"below\" is missing in a band before the last",
                        "say below which score it ends: \(hint)")
                }
                if let control { bands.append(Method.Band(below: nil, control: control)) }
                continue
            }
            guard let below = readThreshold(node, after: bands.last?.below) else { continue }
            if let control { bands.append(Method.Band(below: below, control: control)) }
        }
        if let below = last.member("below") {
            report(
                below.place,
                "the last band has \"below\", and no band is left for the scores from there on",
                "leave it out of the last: \(hint)")
        }
        return problems.count == before ? bands : nil
    }

    private mutating func readThreshold(_ node: CatalogNode, after last: Double?) -> Double? {
        guard let below = node.number?.double, below.isFinite else {
            report(node.place, "\"below\" is \(node.kind)", "write a finite number, as 0.5")
            return nil
        }
        if let last, below <= last {
            report(
                node.place, "the bound \(below) is not above the \(last) of the band before",
                "let \"below\" grow from band to band")
            return nil
        }
        return below
    }

    // MARK: - Switchback

    private mutating func readSwitchback(_ node: CatalogNode) -> Switchback? {
        let hint = "write switchback: {every: 6h, burnIn: 30m}"
        guard let members = members(of: node, "a switchback", known: ["every", "burnIn"]) else {
            return nil
        }
        guard let everyNode = members["every"] else {
            report(node.place, "the key \"every\" is missing", hint)
            return nil
        }
        guard let burnInNode = members["burnIn"] else {
            report(
                node.place, "the key \"burnIn\" is missing",
                "\(hint), or burnIn: 0s where no effect outlasts its block")
            return nil
        }
        let every = readLength(everyNode, "the block")
        let burnIn = readSpan(burnInNode, "the burn-in")
        guard let every, let burnIn else { return nil }
        if burnIn >= every {
            report(
                burnInNode.place,
                "the burn-in of \(burnIn) is not shorter than the block of \(every)",
                "write a shorter one: nothing of a block would be clean")
            return nil
        }
        return Switchback(every: every, burnIn: burnIn)
    }
}
