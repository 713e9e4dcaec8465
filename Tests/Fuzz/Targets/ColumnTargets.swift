import HoldfastFormats
@testable import HoldfastTables

/// What a lane saw: the rows in order, each cell as its kind, its number's bits and its bytes.
private struct Seen: Sendable, Equatable {
    var rows: [[Cell]] = []

    struct Cell: Sendable, Equatable {
        var kind: CellKind
        var number: UInt64
        var bytes: [UInt8]
    }

    /// The rows without the missing cells at their ends.
    var withoutEnds: [[Cell]] {
        rows.map { row in
            Array(row.prefix((row.lastIndex { $0.kind != .missing } ?? -1) + 1))
        }
    }
}

/// `TableReader` makes of any bytes what `CSVReader` makes of them, wherever blocks end and however
/// many lanes there are; and of JSON Lines the same wherever blocks end.
@Sendable func fuzzTable(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let table = Array(bytes.dropFirst())
    // Those are read by other programs, or not from memory.
    let others = [GzipStream.magic, ParquetTable.magic, SQLiteTable.magic]
    if others.contains(where: table.starts(with:)) { return }
    let sizes = [Int(first % 64) + 1, 1_000]
    let expected = byRows(table)
    for size in sizes {
        let (seen, error) = columnar(table, "fuzz.csv", size, lanes: 1)
        require(
            error == expected.error, "\(error ?? "none") is \(expected.error ?? "none") by rows")
        require(error != nil || seen == expected.seen, "the cells are those of the rows")
    }
    let lanes = columnar(table, "fuzz.csv", sizes[0], lanes: 3)
    require(lanes.error == expected.error, "the first fault is the same in three lanes")
    requireSameLines(table, sizes)
}

/// Where blocks end decides only how early a late column shows, with missing cells.
private func requireSameLines(_ bytes: [UInt8], _ sizes: [Int]) {
    let (some, error) = columnar(bytes, "fuzz.jsonl", sizes[0], lanes: 1)
    let (others, otherError) = columnar(bytes, "fuzz.jsonl", sizes[1], lanes: 1)
    require(error == otherError, "\(error ?? "none") is \(otherError ?? "none") in other blocks")
    require(some.withoutEnds == others.withoutEnds, "the cells are the same in other blocks")
    let lanes = columnar(bytes, "fuzz.jsonl", sizes[0], lanes: 3)
    require(lanes.error == error, "the first fault is the same in three lanes")
}

private func columnar(
    _ bytes: [UInt8], _ name: String, _ blockSize: Int, lanes: Int
) -> (seen: Seen, error: String?) {
    do {
        let read = try TableReader.read(
            .bytes(bytes, name: name), options: TableReadOptions(blockSize: blockSize),
            lanes: lanes, makeLane: { _ in Seen() }
        ) { lane, batch in
            let start = lane.rows.count
            lane.rows += Array(repeating: [], count: batch.rows)
            for index in batch.columns.indices {
                batch.withColumn(index) { column in
                    for row in 0..<batch.rows {
                        lane.rows[start + row].append(
                            cell(column.kinds[row], column.numbers[row], Array(column.bytes(row))))
                    }
                }
            }
        }
        let rows = read.lanes.flatMap(\.rows)
        require(rows.count == read.rows, "each row is seen once")
        return (Seen(rows: rows), nil)
    } catch {
        return (Seen(), "\(error)".replacing(name, with: "fuzz"))
    }
}

private func cell(_ kind: CellKind, _ number: Double, _ bytes: [UInt8]) -> Seen.Cell {
    .init(kind: kind, number: kind == .number ? number.bitPattern : 0, bytes: bytes)
}

private func byRows(_ bytes: [UInt8]) -> (seen: Seen, error: String?) {
    var seen = Seen()
    do throws(TableError) {
        var reader = try CSVReader(bytes: bytes, path: "fuzz")
        while try reader.next() {
            seen.rows.append(
                reader.columns.indices.map { index in
                    let isQuoted = reader.isQuoted(index)
                    return reader.withBytes(index) { bytes in
                        var number = 0.0
                        let kind: CellKind =
                            if let start = bytes.baseAddress {
                                CellScanner.kind(
                                    start, bytes.count, isQuoted: isQuoted, number: &number)
                            } else {
                                isQuoted ? .emptyText : .missing
                            }
                        return cell(kind, number, Array(bytes))
                    }
                })
        }
        return (seen, nil)
    } catch {
        return (seen, "\(error)")
    }
}
