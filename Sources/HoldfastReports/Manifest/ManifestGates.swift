internal import HoldfastDatasets

/// The gates as a list: those that failed first, then those that were waived, so that nobody who
/// reads the beginning misses one.
enum ManifestGates {
    static func html(_ gates: [Gate]) -> HTML {
        guard !gates.isEmpty else { return HTML("p") { "There were none." } }
        let ordered =
            gates.filter { !$0.isOpen } + gates.filter { !$0.passed && $0.isOpen }
            + gates.filter(\.passed)
        return .list([
            HTML("ul", ["class": "gates"]) { for gate in ordered { item(gate) } },
            HTML("details") {
                HTML("summary") { "The gates’ figures as a table" }
                table(ordered).html
            },
        ])
    }

    private static func item(_ gate: Gate) -> HTML {
        let state = state(gate)
        return HTML("li", ["class": state.style]) {
            HTML("span", ["class": "mark"]) { "\(state.sign) \(state.words)" }
            HTML("div") {
                HTML("p") {
                    HTML("b") { question(gate.name) }
                    " \(gate.detail) "
                    if !gate.passed { HTML("code", ["class": "soft"]) { gate.name.rawValue } }
                }
                if let waiver = gate.waiver, !gate.passed {
                    HTML("p", ["class": "why"]) {
                        HTML("b") { "Failed, and let through because: " }
                        waiver
                    }
                }
            }
        }
    }

    private static func table(_ gates: [Gate]) -> DataTable {
        DataTable(
            caption: "Gates, the figure that was judged and its limit",
            columns: [
                .text("gate"), .text("state"), .number("figure"), .number("limit"), .text("seen"),
            ],
            rows: gates.map { gate in
                [
                    .text(gate.name.rawValue), .text(state(gate).words),
                    .text(gate.figure.map(CheckFigures.short) ?? "-"),
                    .text(CheckFigures.short(gate.limit)), .text(gate.detail),
                ]
            })
    }

    private static func state(_ gate: Gate) -> (style: String, sign: String, words: String) {
        gate.passed
            ? ("good", "✓", "passed")
            : gate.isOpen ? ("waived", "!", "waived") : ("bad", "✕", "FAILED")
    }

    /// What a gate asks, in words for whoever signs.
    private static func question(_ name: Gate.Name) -> String {
        switch name {
        case .sampleRatio: "Did the arms get the shares they were promised?"
        case .sampleRatioKept: "Do those shares still hold among the rows that were kept?"
        case .recomputation: "Can every stored arm be worked out again?"
        case .attrition: "Did the rules take as many rows from each arm?"
        case .balance: "Are the rows kept like the rows left out?"
        case .unknownShare: "Is it known of nearly all rows whether they are clean?"
        case .positivity: "Are there rows wherever the model would have acted?"
        case .positives: "Does each part have rows with the outcome and without?"
        case .placebo: "Were the arms alike before the experiment began?"
        case .trainEval: "Do train and eval agree?"
        case .controlServe: "Do the rows kept agree with everything served?"
        case .minimumRows: "Are there enough rows?"
        }
    }
}
