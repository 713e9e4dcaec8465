public import HoldfastDatasets
public import HoldfastFormats

/// One unit's story as text for people, and as JSON for programs.
public enum UnitStoryText {
    /// The story in the order of time, each decision with what becomes of it.
    public static func render(_ story: UnitStory) -> String {
        var lines = ["\(story.unit) in \(story.experiment), as of \(story.asOf)", ""]
        var entries: [(at: Timestamp, lines: [String])] = story.events.map {
            ($0.at, ["\($0.at)  \(told($0.what))"])
        }
        entries += story.decisions.map { ($0.at, told($0)) }
        // What happened at the moment of a decision stands before it: it is within the window.
        for (_, entry) in entries.enumerated().sorted(by: { one, other in
            (one.element.at, one.offset) < (other.element.at, other.offset)
        }) {
            lines += entry.lines
        }
        let kept = story.decisions.count { $0.exclusions.isEmpty }
        lines += ["", "\(kept) of \(story.decisions.count) decisions kept"]
        return lines.joined(separator: "\n")
    }

    private static func told(_ what: UnitStory.Event.What) -> String {
        switch what {
        case .exposure(let experiment, let arm): "exposed to \(arm) of \(experiment)"
        case .member(let unit?, let cluster): "\(unit), of \(cluster) too, was treated"
        case .member(nil, let cluster): "all of \(cluster) was treated"
        case .outcome(let name, let value): "outcome \(name) \(value)"
        }
    }

    private static func told(_ decision: UnitStory.Decision) -> [String] {
        let arm = decision.arm ?? decision.reason
        let cluster = decision.cluster.map { " of \($0)" } ?? ""
        var lines = [
            "\(decision.at)  decision \(decision.id)\(cluster): \(arm), propensity \(decision.propensity)",
            "    touched by what happens from \(decision.window.start) until before \(decision.window.end)",
        ]
        if decision.exclusions.isEmpty {
            let weight = decision.weight.map { $0 == 1 ? "" : ", weight \($0)" } ?? ""
            let label = decision.label.map { "\($0)" } ?? "none"
            lines.append("    KEPT in \(decision.part ?? "no part"), label \(label)\(weight)")
        }
        for (place, exclusion) in decision.exclusions.enumerated() {
            let word = place == 0 ? "left out" : "    also"
            lines.append("    \(word): \(exclusion.rawValue) \(exclusion.explanation)")
        }
        return lines
    }

    /// The story as JSON, by `Schemas/unit-story.schema.json`.
    public static func json(_ story: UnitStory) -> JSON {
        [
            "unit": .string(story.unit), "experiment": .string(story.experiment),
            "as_of": .string(story.asOf.description),
            "decisions": .array(story.decisions.map(json)),
            "events": .array(story.events.map(json)),
        ]
    }

    private static func json(_ decision: UnitStory.Decision) -> JSON {
        [
            "id": .string(decision.id), "at": .string(decision.at.description),
            "cluster": decision.cluster.map { .string($0) } ?? .null,
            "arm": decision.arm.map { .string($0) } ?? .null,
            "reason": .string(decision.reason), "propensity": .number(decision.propensity),
            "window": [
                "start": .string(decision.window.start.description),
                "end": .string(decision.window.end.description),
            ],
            "exclusions": .array(
                decision.exclusions.map {
                    ["number": .integer(Int64($0.rawValue)), "reason": .string($0.word)]
                }),
            "part": decision.part.map { .string($0) } ?? .null,
            "label": decision.label.map { .number($0) } ?? .null,
            "weight": decision.weight.map { .number($0) } ?? .null,
        ]
    }

    private static func json(_ event: UnitStory.Event) -> JSON {
        let at: JSON = .string(event.at.description)
        switch event.what {
        case .exposure(let experiment, let arm):
            return [
                "at": at, "kind": "exposure", "experiment": .string(experiment),
                "arm": .string(arm),
            ]
        case .member(let unit, let cluster):
            return [
                "at": at, "kind": "member_treated", "cluster": .string(cluster),
                "unit": unit.map { .string($0) } ?? .null,
            ]
        case .outcome(let name, let value):
            return [
                "at": at, "kind": "outcome", "name": .string(name), "value": .number(value),
            ]
        }
    }
}

/// A set that was made again, as text for people and as JSON for programs.
public enum SetVerificationText {
    /// A line for each part, and what came of it.
    public static func render(_ verification: SetVerification, folder: String) -> String {
        var lines = verification.parts.map { part in
            let word =
                part.isSame
                ? "the same, byte by byte"
                : part.found != part.stated
                    ? "the file is not what the manifest says" : "made again it is another"
            return "  \(folder)/\(part.file): \(word)"
        }
        if !verification.changes.isEmpty {
            lines.append(
                "  the manifest came out otherwise in: \(verification.changes.joined(separator: ", "))"
            )
        }
        lines.append(
            verification.isSame
                ? "\(folder) is what its manifest says, and came out the same again"
                : "\(folder) is NOT what came out again")
        return lines.joined(separator: "\n")
    }

    /// As JSON, by `Schemas/set-verification.schema.json`.
    public static func json(_ verification: SetVerification) -> JSON {
        [
            "same": .bool(verification.isSame),
            "parts": .array(
                verification.parts.map { part in
                    [
                        "file": .string(part.file), "stated": .string(part.stated),
                        "found": part.found.map { .string($0) } ?? .null,
                        "made": part.made.map { .string($0) } ?? .null,
                    ]
                }),
            "changes": .array(verification.changes.map { .string($0) }),
        ]
    }
}
