import HoldfastTables
import TestSupport

/// A table as cells, whichever reader read it; the rows of all lanes.
struct ReadTable: Equatable {
    var columns: [String] = []
    var rows: [[Cell]] = []
    var error: String?

    /// One cell: what it is, and its bytes.
    struct Cell: Equatable, Sendable, CustomStringConvertible {
        var kind: CellKind
        var number: UInt64?
        var bytes: [UInt8]

        var description: String { "\(kind) \(String(decoding: bytes, as: UTF8.self))" }
    }

    static func == (one: ReadTable, other: ReadTable) -> Bool {
        one.columns.elementsEqual(other.columns) { $0.utf8.elementsEqual($1.utf8) }
            && one.rows == other.rows && one.error == other.error
    }
}

/// The rows that one lane saw: each piece, in order.
struct SeenRows: Sendable, Equatable {
    var batches: [[[ReadTable.Cell]]] = []
    var columns: [String] = []
    var firstRows: [Int?] = []
}

/// The cells of a batch, row by row.
func cells(_ batch: borrowing CellBatch) -> [[ReadTable.Cell]] {
    var rows = Array(repeating: [ReadTable.Cell](), count: batch.rows)
    for index in batch.columns.indices where batch.reading(index) != .ignored {
        batch.withColumn(index) { column in
            for row in 0..<batch.rows {
                let kind = column.kinds[row]
                let number = kind == .number ? column.numbers[row].bitPattern : nil
                rows[row].append(.init(kind: kind, number: number, bytes: Array(column.bytes(row))))
            }
        }
    }
    return rows
}

/// What each lane sees of a table.
func seen(
    _ source: TableSource, options: TableReadOptions = TableReadOptions(), lanes: Int = 3
) throws -> TableRead<SeenRows> {
    try TableReader.read(source, options: options, lanes: lanes) { _ in
        SeenRows()
    } each: { lane, batch in
        lane.batches.append(cells(batch))
        lane.columns = batch.columns
        lane.firstRows.append(batch.firstRow)
    }
}

/// A table by the columnar reader, in one lane, so that its rows are in order.
func columnar(_ bytes: [UInt8], blockSize: Int = 64, lanes: Int = 1) -> ReadTable {
    do {
        let read = try seen(
            .bytes(bytes, name: "t.csv"), options: TableReadOptions(blockSize: blockSize),
            lanes: lanes)
        let rows = lanes == 1 ? read.lanes[0].batches.flatMap(\.self) : []
        return ReadTable(columns: read.columns, rows: rows)
    } catch {
        return ReadTable(error: "\(error)")
    }
}

/// The same table by the reader of rows.
func byRows(_ bytes: [UInt8]) -> ReadTable {
    do throws(TableError) {
        var reader = try CSVReader(bytes: bytes, path: "t.csv")
        var table = ReadTable(columns: reader.columns)
        while try reader.next() {
            table.rows.append(
                reader.columns.indices.map { cell(Array(reader.bytes($0)), reader.isQuoted($0)) })
        }
        return table
    } catch {
        return ReadTable(error: "\(error)")
    }
}

/// What a cell is, by ``CellValue`` as far as that tells.
private func cell(_ bytes: [UInt8], _ isQuoted: Bool) -> ReadTable.Cell {
    let value = bytes.withUnsafeBufferPointer { CellValue(bytes: $0, isQuoted: isQuoted) }
    let text = String(decoding: bytes, as: UTF8.self)
    switch value {
    case .missing:
        let isNaN = text == "NaN" || text == "nan"
        return .init(kind: isNaN ? .notANumber : .missing, number: nil, bytes: bytes)
    case .emptyText: return .init(kind: .emptyText, number: nil, bytes: bytes)
    case .number(let number):
        return .init(kind: .number, number: number.bitPattern, bytes: bytes)
    case .infinite:
        let isNegative = text.contains("-") && text.drop { $0 == " " }.first == "-"
        return .init(
            kind: isNegative ? .negativeInfinity : .positiveInfinity, number: nil, bytes: bytes)
    case .text: return .init(kind: .text, number: nil, bytes: bytes)
    }
}
