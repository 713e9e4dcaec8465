internal import ArgumentParser
internal import HoldfastFormats
internal import HoldfastStatistics

struct SimulateAgreementCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "agreement",
        abstract: "How often `holdfast check` would be wrong on tables whose truth is known.",
        discussion: """
            Tables are drawn from distributions of many shapes, some clean, some shifted by twice the margin, and judged \
            as `holdfast check` judges them; beside it stands how often common alarms (chi-square against a sample, \
            Jensen-Shannon, PSI over bins of equal width) go off on the same draws. Chance comes from the seed alone.
            """)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What all chance follows from.", valueName: "number"),
        transform: ArgumentForm.seed)
    var seed: UInt64 = 1
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How often each case is drawn; a case of over 10,000 rows at most 200 times.",
            valueName: "count"))
    var repeats = 100
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only cases of at most so many rows.", valueName: "count"))
    var rows = 10_000
    @OptionGroup var output: FormatOption

    func validate() throws {
        guard (1...10_000).contains(repeats) else {
            throw ValidationError("--repeats is from 1 to 10,000")
        }
        guard rows >= 100 else { throw ValidationError("the smallest cases have 100 rows") }
    }

    func execute() async throws -> ExitStatus {
        let designs = StudyDesign.all(repeats: repeats).filter { $0.rows <= rows }
        let progress = Progress()
        // Each case draws from the seed and its own name, so that they can be cut among tasks.
        let seed = seed
        let parts = StudyDesign.parts(designs, count: 4)
        let cells = try await withThrowingTaskGroup(of: [String: [AgreementStudy.Cell]].self) {
            group in
            for (place, part) in parts.enumerated() {
                group.addTask {
                    var cells: [String: [AgreementStudy.Cell]] = [:]
                    for (turn, design) in part.enumerated() {
                        // The parts take about as long: the first one speaks for all.
                        if place == 0 { progress.show("\(turn * 100 / part.count) % of the cases") }
                        cells[design.name] = try AgreementStudy.run([design], seed: seed) { _, _ in
                            try Task.checkCancellation()
                        }
                    }
                    return cells
                }
            }
            return try await group.reduce(into: [String: [AgreementStudy.Cell]]()) {
                $0.merge($1) { one, _ in one }
            }
        }
        progress.clear()
        let ordered = designs.flatMap { cells[$0.name] ?? [] }
        switch output.format {
        case .text: Terminal.say(Self.text(ordered), terminator: "")
        case .json: Terminal.say(Self.json(ordered, seed: seed))
        }
        return .success
    }

    /// A table, each column as wide as its widest cell.
    private static func text(_ cells: [AgreementStudy.Cell]) -> String {
        let rows = [AgreementStudy.heads] + cells.map(AgreementStudy.row)
        let widths = AgreementStudy.heads.indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            let padded = zip(row, widths).enumerated().map { place, cell in
                let fill = String(repeating: " ", count: cell.1 - cell.0.count)
                return place == 0 ? cell.0 + fill : fill + cell.0
            }
            return padded.joined(separator: "  ") + "\n"
        }.joined()
    }

    private static func json(_ cells: [AgreementStudy.Cell], seed: UInt64) -> JSON {
        [
            "agreement_study": 1, "seed": .string("\(seed)"),
            "cases": .array(
                cells.map { cell in
                    [
                        "name": .string(cell.name), "rows": .integer(Int64(cell.design.rows)),
                        "repeats": .integer(Int64(cell.design.repeats)),
                        "agrees": .integer(Int64(cell.agrees)),
                        "inconclusive": .integer(Int64(cell.inconclusive)),
                        "disagrees": .integer(Int64(cell.disagrees)),
                        "distance": .number(cell.design.distance),
                        "margin": .number(cell.design.column.margin),
                        "covered": .integer(Int64(cell.covered)),
                        "alarms": alarms(cell),
                    ]
                }),
        ]
    }

    private static func alarms(_ cell: AgreementStudy.Cell) -> JSON {
        var alarms: [(key: String, value: JSON)] = []
        for rival in StudyRival.allCases {
            guard let count = cell.alarms[rival] else { continue }
            let key =
                switch rival {
                case .goodnessOfFit: "chi_square_to_reference"
                case .jensenShannon: "jensen_shannon_0_1"
                case .stability: "psi_0_1"
                case .stabilityOfTwo: "psi_0_2"
                }
            alarms.append((key, .integer(Int64(count))))
        }
        return .object(JSONObject(alarms))
    }
}
