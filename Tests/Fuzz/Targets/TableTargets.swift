import HoldfastFormats
@testable import HoldfastTables

private struct Cell: Equatable {
    var bytes: [UInt8]
    var isMissing: Bool
}

/// `CSVReader`: a table that is read, and written again, reads back as the same cells; a record is
/// the same when its bytes arrive one by one; a number is what the C library makes of it.
@Sendable func fuzzCSV(_ bytes: [UInt8]) {
    requireStreaming(bytes)
    requireLines(bytes)
    guard let (columns, rows) = table(bytes, requireNumbers: true) else { return }
    var writer = CSVWriter()
    for column in columns { writer.append(column) }
    var written = writer.takeRow()
    for row in rows {
        for cell in row {
            if cell.isMissing { writer.append(nil) } else { writer.append(bytes: cell.bytes) }
        }
        written += writer.takeRow()
    }
    guard let again = table(written, requireNumbers: false) else {
        return require(
            false, "what is written can be read: \(String(decoding: written, as: UTF8.self))")
    }
    require(again.columns.elementsEqual(columns, by: sameBytes), "the header stays")
    require(again.rows == rows, "the cells stay: \(String(decoding: written, as: UTF8.self))")
}

/// The cells of a table without faults.
private func table(
    _ bytes: [UInt8], requireNumbers: Bool
) -> (columns: [String], rows: [[Cell]])? {
    var isWhole = true
    do throws(TableError) {
        var reader = try CSVReader(bytes: bytes, path: "fuzz.csv")
        var rows: [[Cell]] = []
        while true {
            do throws(TableError) {
                guard try reader.next() else { break }
            } catch {
                isWhole = false
                guard error.canContinue else { throw error }
                continue
            }
            var cells: [Cell] = []
            for index in reader.columns.indices {
                let bytes = Array(reader.bytes(index))
                require(reader.byteCount(index) == bytes.count, "a cell has its bytes")
                if requireNumbers { requireNumber(bytes, reader.isQuoted(index)) }
                cells.append(Cell(bytes: bytes, isMissing: reader.isMissing(index)))
            }
            rows.append(cells)
        }
        return isWhole ? (reader.columns, rows) : nil
    } catch {
        let lines = bytes.count { $0 == 0x0A } + 1
        require((1...lines).contains(error.line ?? 1), "the line exists: \(error)")
        return nil
    }
}

private func requireNumber(_ bytes: [UInt8], _ isQuoted: Bool) {
    let value = bytes.withUnsafeBufferPointer { CellValue(bytes: $0, isQuoted: isQuoted) }
    guard case .number(let number) = value else { return }
    let text = String(decoding: bytes.filter { $0 != 0x20 }, as: UTF8.self)
    // The library takes no point without a digit behind it.
    let library = Double(text) ?? Double(text.replacing(".", with: "")) ?? .nan
    guard !text.contains(".") || Double(text) != nil else { return }
    require(
        number.bitPattern == library.bitPattern,
        "\(text) is \(library) to the library, and \(number) here")
}

/// However a record's bytes arrive, it is the same record, or the same fault.
private func requireStreaming(_ bytes: [UInt8]) {
    var whole = CSVRecordParser()
    let last = bytes.withUnsafeBytes { whole.parse($0, from: 0, isAtEnd: true) }
    var part = CSVRecordParser()
    for end in 0...min(bytes.count, 64) {
        let early = bytes[..<end].withUnsafeBytes { part.parse($0, from: 0, isAtEnd: false) }
        switch (early, last) {
        case (.needsMore, _): continue
        case (.record(let end, let next, let lines), .record(let end2, let next2, let lines2)):
            require(
                end == end2 && next == next2 && lines == lines2
                    && part.fields.map(\.range) == whole.fields.map(\.range),
                "the record that ends at \(end) ends at \(end2) when all is there")
        case (.fault(let one, let lines), .fault(let other, let lines2)):
            require(one == other && lines == lines2, "\(one) is \(other) when all is there")
        default: require(false, "\(early) is \(last) when all is there")
        }
        return
    }
}

/// `JSONLinesReader` and `JSONItems` agree on the lines of a file.
private func requireLines(_ bytes: [UInt8]) {
    var reader = JSONLinesReader(bytes: bytes, path: "fuzz.jsonl")
    do throws(TableError) {
        while let line = try reader.next() {
            require(!line.contains(0x0A), "a line holds no line feed")
        }
    } catch {
        require(false, "short lines are never too long: \(error)")
    }
}
