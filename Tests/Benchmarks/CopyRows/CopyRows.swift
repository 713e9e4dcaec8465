import HoldfastTables

/// Reads a CSV file and writes every row as it came: `holdfast assign` with no dealing.
///
///     copy-rows IN.csv OUT.csv
///
/// The same reader, the same copy of the record, the same writer and the same flush to the disk at
/// the end, so that the difference of the two is what dealing costs.
@main struct CopyRows {
    static func main() throws {
        let arguments = CommandLine.arguments
        precondition(arguments.count == 3, "usage: copy-rows IN.csv OUT.csv")
        var reader = try CSVReader(path: arguments[1])
        var file = try AtomicFile(path: arguments[2])
        var row = CSVWriter()
        row.append(record: reader.headerRecord)
        try row.end(into: &file.output)
        while try reader.next() {
            try reader.copyRecord(to: &file.output, then: 1) { room in
                room[0] = 0x0A
                return 1
            }
        }
        try file.commit()
    }
}
