internal import HoldfastAssignment
internal import HoldfastFormats

/// Where the columns are that a decision needs.
struct ColumnPlaces {
    let unit: Int
    let cluster: Int?
    let score: Int?
    let time: Int?
    let attributes: [(name: String, index: Int)]

    /// Finds the columns in a header; throws where one is missing, or one that is to be added is
    /// there.
    init(
        _ names: RowAssigner.ColumnNames, of experiment: Experiment, attributes wanted: [String],
        in columns: [String], path: String
    ) throws {
        func index(_ name: String) -> Int? { columns.firstIndex { sameBytes($0, name) } }
        func required(_ name: String, _ option: String) throws -> Int {
            if let found = index(name) { return found }
            let known = columns.prefix(20).joined(separator: ", ")
            throw CommandError(
                "\(path): has no column \"\(name)\"",
                "name another by \(option); there are: \(known)")
        }
        if let taken = RowAssigner.columns.first(where: { index($0) != nil }) {
            throw CommandError(
                "\(path): has a column \"\(taken)\" already, which is to be added",
                "rename it, or take the file as it was before it was dealt")
        }
        unit = try required(names.unit, "--unit-column")
        cluster = try experiment.cluster.map { _ in
            try required(names.cluster ?? "", "--cluster-column")
        }
        score = experiment.dealsByScore ? try required(names.score, "--score-column") : nil
        time = try names.time.map { try required($0, "--time-column") }
        attributes = wanted.compactMap { name in index(name).map { (name, $0) } }
    }
}

/// What could not be taken of a file: the first are shown, all are counted.
struct Complaints {
    private(set) var count = 0
    private static let shown = 10

    mutating func add(_ text: String) {
        count += 1
        if count <= Complaints.shown { Terminal.complain(text) }
        if count == Complaints.shown + 1 { Terminal.complain("… and more, which are counted only") }
    }

    /// Says how it ended, and gives the status.
    func finish(destination: String, rows: Int) -> ExitStatus {
        guard count > 0 else { return .success }
        let place = destination == "-" ? "standard output" : destination
        Terminal.complain(
            "\(count) of the rows could not be taken; \(rows) were written to \(place)")
        return .negative
    }
}
