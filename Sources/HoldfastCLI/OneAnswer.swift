internal import HoldfastAssignment
internal import HoldfastFormats

/// What `holdfast assign --unit` shows of one unit, with the steps of the decision where asked.
struct OneAnswer {
    let unit: String
    let experiment: Experiment
    let steps: [Explanation.Step]?

    // MARK: - For people

    func text(_ assignment: Assignment) -> String {
        let arm = assignment.arm.map { "arm \($0)" } ?? "no arm"
        let holdout = assignment.reason.holdout.map { " \($0)" } ?? ""
        let bucket =
            assignment.bucket.map { "\($0)\(isPeers(assignment) ? "" : " of \(Bucket.count)")" }
            ?? "none: nothing was left to chance"
        var lines = [
            "\(unit): \(arm) of \(experiment.name) (\(assignment.reason.word)\(holdout))",
            "  act         \(assignment.act ? "yes" : "no")",
            "  propensity  \(assignment.propensity)",
            "  bucket      \(bucket)",
            "  revision    \(assignment.revision)",
        ]
        if let isBurnIn = assignment.isBurnIn {
            lines.append("  burn-in     \(isBurnIn ? "yes" : "no")")
        }
        return (lines + stepLines).joined(separator: "\n")
    }

    /// Whether the bucket may be that of another system, which has as many as it has.
    private func isPeers(_ assignment: Assignment) -> Bool {
        guard case .compatible = experiment.method else { return false }
        return assignment.reason == .assigned || assignment.reason == .notEnrolled
    }

    func text(_ fault: AssignmentFault) -> String {
        (["\(unit): no answer of \(experiment.name) (\(fault.code))"] + stepLines)
            .joined(separator: "\n")
    }

    private var stepLines: [String] {
        guard let steps else { return [] }
        if steps.isEmpty { return ["  steps       none"] }
        return steps.enumerated().map { index, step in
            let head = index == 0 ? "  steps       " : "              "
            let ranges = step.ranges.map { "\($0.lowerBound) ..< \($0.upperBound)" }
            let bucket = step.bucket.map { bucket in
                " bucket \(bucket)"
                    + (ranges.isEmpty ? "" : " of \(ranges.joined(separator: ", "))") + ":"
            }
            return "\(head)\(index + 1). \(step.scope ?? step.name):\(bucket ?? "") \(step.finding)"
        }
    }

    // MARK: - For programs

    func json(_ assignment: Assignment) -> JSON {
        var answer = JSONObject([("unit", .string(unit))])
        for (key, value) in RowAssigner.members(of: assignment) { answer.append(key, value) }
        answer.append("holdout", assignment.reason.holdout.map { .string($0.text) } ?? .null)
        if let isBurnIn = assignment.isBurnIn { answer.append("burn_in", .bool(isBurnIn)) }
        if let steps { answer.append("steps", .array(steps.map(OneAnswer.json))) }
        return .object(answer)
    }

    func json(_ fault: AssignmentFault) -> JSON {
        var answer = JSONObject([
            ("unit", .string(unit)), ("experiment", .string(experiment.name.text)),
            (
                "error",
                [
                    "code": .string(fault.code), "detail": .string(fault.message),
                    "hint": .string(fault.hint),
                ]
            ),
        ])
        if let steps { answer.append("steps", .array(steps.map(OneAnswer.json))) }
        return .object(answer)
    }

    private static func json(_ step: Explanation.Step) -> JSON {
        [
            "step": .string(step.name), "scope": step.scope.map { .string($0) } ?? .null,
            "bucket": step.bucket.map { .integer(Int64($0)) } ?? .null,
            "ranges": .array(
                step.ranges.map { range in
                    [
                        "from": .integer(Int64(range.lowerBound)),
                        "to": .integer(Int64(range.upperBound)),
                    ]
                }), "passes": .bool(step.passes), "finding": .string(step.finding),
        ]
    }
}
