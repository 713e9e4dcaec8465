internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastTables

/// The units of a file, dealt by two catalogs and counted by where they are and will be.
struct MoveCounts {
    /// The standings of some units under the old and the new catalog; `nil` where a unit could not
    /// be dealt.
    struct Pair: Hashable {
        var before: Standing?
        var after: Standing?
    }

    private let old: Catalog
    private let new: Catalog
    private let time: Timestamp
    private let experiments: [Column]
    private(set) var counts: [Name: [Pair: Int]] = [:]
    private(set) var rowCount = 0
    private(set) var complaints = Complaints()

    /// An experiment with what it asks of a row, in either catalog.
    private struct Column {
        let name: Name
        let before: Experiment?
        let after: Experiment?
    }

    init(from old: Catalog, to new: Catalog, at time: Timestamp) {
        self.old = old
        self.new = new
        self.time = time
        let names = old.experiments.map(\.name) + new.experiments.map(\.name)
        var seen: Set<Name> = []
        experiments = names.filter { seen.insert($0).inserted }.map {
            Column(
                name: $0, before: old[experiment: $0.text], after: new[experiment: $0.text])
        }
    }

    /// Whether no unit of a running experiment was seen to leave an arm or a holdout.
    var isSafe: Bool {
        experiments.allSatisfy { column in
            // One that is opened again is judged by its ranges: its units are in no arm now.
            guard let before = column.before, before.isRunning(at: time) else { return true }
            if let ends = column.after?.ends, ends <= time { return true }
            return (counts[column.name] ?? [:]).keys.allSatisfy { pair in
                switch pair.before {
                case .arm, .heldOut: pair.before == pair.after
                case .outsideSlice, .notEnrolled, .some(.none), nil: true
                }
            }
        }
    }

    /// The pairs of an experiment that differ, the most units first.
    func moves(of experiment: Name) -> [(pair: Pair, count: Int)] {
        (counts[experiment] ?? [:]).filter { $0.key.before != $0.key.after }
            .map { (pair: $0.key, count: $0.value) }
            .sorted { ($1.count, text($0.pair)) < ($0.count, text($1.pair)) }
    }

    private func text(_ pair: Pair) -> String {
        "\(MoveCounts.word(pair.before)) \(MoveCounts.word(pair.after))"
    }

    static func word(_ standing: Standing?) -> String {
        standing?.description ?? "cannot be dealt"
    }

    // MARK: - Rows

    mutating func count(
        _ path: String, format: RowFormat, unitColumn: String, duckdb: String?
    ) throws {
        let progress = Progress()
        defer { progress.clear() }
        switch format {
        case .csv:
            var reader =
                path == "-"
                ? try CSVReader(descriptor: STDIN_FILENO, path: "standard input")
                : try CSVReader(path: path)
            try count(&reader, unitColumn, progress)
        case .jsonl: try countJSONLines(path, unitColumn, progress)
        case .parquet:
            try RowFormat.refuseStream(path)
            let parquet = try ParquetRows(program: duckdb)
            var reader = try parquet.reader(of: path)
            try count(&reader, unitColumn, progress)
        }
    }

    private mutating func count(
        _ reader: inout CSVReader, _ unitColumn: String, _ progress: Progress
    ) throws {
        let columns = reader.columns
        guard columns.contains(where: { sameBytes($0, unitColumn) }) else {
            throw CommandError(
                "\(reader.path): has no column \"\(unitColumn)\"",
                "name another by --unit-column; there are: \(columns.prefix(20).joined(separator: ", "))"
            )
        }
        while true {
            do throws(TableError) {
                guard try reader.next() else { break }
                var row: [String: JSON] = [:]
                for index in columns.indices {
                    let text = try reader.text(index)
                    if !text.isEmpty { row[columns[index]] = .string(text) }
                }
                count(
                    row, unitColumn, at: "\(reader.path): row \(reader.row) (line \(reader.line))")
            } catch {
                guard error.canContinue else { throw error }
                complaints.add("\(error)")
            }
            try step(progress)
        }
    }

    private mutating func countJSONLines(
        _ path: String, _ unitColumn: String, _ progress: Progress
    ) throws {
        var reader =
            path == "-"
            ? JSONLinesReader(descriptor: STDIN_FILENO, path: "standard input")
            : try JSONLinesReader(path: path)
        while let line = try reader.next() {
            let place = "\(reader.path): line \(reader.line)"
            do throws(JSONError) {
                if case .object(let object) = try JSON.parse(Array(line)) {
                    let row = Dictionary(
                        object.members.filter { $0.value != .null }.map { ($0.key, $0.value) },
                        uniquingKeysWith: { $1 })
                    count(row, unitColumn, at: place)
                } else {
                    complaints.add("\(place): is no object; write one object a line")
                }
            } catch {
                complaints.add("\(place): column \(error.column): \(error.message); mend the line")
            }
            try step(progress)
        }
    }

    private mutating func step(_ progress: Progress) throws {
        rowCount += 1
        if rowCount % 1_024 == 0 {
            try Task.checkCancellation()
            progress.show("\(rowCount) units dealt twice")
        }
    }

    private mutating func count(_ row: [String: JSON], _ unitColumn: String, at place: String) {
        guard let unit = row[unitColumn]?.string.flatMap({ UnitID($0) }) else {
            complaints.add(
                "\(place): has no unit of 1 to \(UnitID.byteLimit) bytes in \"\(unitColumn)\"; give one"
            )
            return
        }
        for column in experiments {
            let pair = Pair(
                before: standing(of: unit, row, in: column.before, of: old),
                after: standing(of: unit, row, in: column.after, of: new))
            counts[column.name, default: [:]][pair, default: 0] += 1
        }
    }

    /// Where a catalog puts a unit; `nil` where the row lacks what the decision needs.
    private func standing(
        of unit: UnitID, _ row: [String: JSON], in experiment: Experiment?, of catalog: Catalog
    ) -> Standing? {
        guard let experiment else { return .some(.none) }
        var candidate = Candidate(unit: unit)
        candidate.cluster = experiment.cluster.flatMap { row[$0.text]?.string }.flatMap {
            UnitID($0)
        }
        candidate.score = row["score"].flatMap { $0.double ?? $0.string.flatMap(ScoreText.number) }
        let kinds = AttributeKinds(experiment)
        for name in kinds.names {
            switch row[name] {
            case .string(let text): candidate.attributes[name] = kinds.value(text, of: name)
            case .integer(let integer): candidate.attributes[name] = .number(Double(integer))
            case .number(let number): candidate.attributes[name] = .number(number)
            case .bool(let boolean): candidate.attributes[name] = .boolean(boolean)
            case .null, .array, .object, nil: continue
            }
        }
        do throws(AssignmentFault) {
            return Standing(try catalog.assign(candidate, in: experiment.name.text, at: time))
        } catch {
            // Counted under its own word: that a unit cannot be dealt is what the reader asks for.
            return nil
        }
    }
}
