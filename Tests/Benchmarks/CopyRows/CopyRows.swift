import HoldfastTables

/// Reads a CSV file and writes every row: `holdfast assign` with no dealing.
///
///     copy-rows records|fields|answers IN.csv OUT.csv
///
/// `records` copies each record as it came; `fields` reads each field and writes it again;
/// `answers` copies the record and writes behind it as many bytes as an answer has, the same for
/// each row. The same reader, writer and flush to the disk at the end as those of `assign`.
@main struct CopyRows {
    private static let columns = ",experiment,arm,reason,act,propensity,bucket,revision\n"
    private static let answer =
        ",credit-limit,treatment,assigned,true,0.95,1048799167694460,r6620513fbdb8ad26\n"

    static func main() throws {
        let arguments = CommandLine.arguments
        precondition(
            arguments.count == 4, "usage: copy-rows records|fields|answers IN.csv OUT.csv")
        var reader = try CSVReader(path: arguments[2])
        var file = try AtomicFile(path: arguments[3])
        try file.output.write(reader.headerRecord)
        switch arguments[1] {
        case "records": try copy(&reader, &file.output, header: "\n", behind: "\n")
        case "answers": try copy(&reader, &file.output, header: columns, behind: answer)
        case "fields": try copyFields(&reader, &file.output)
        default: preconditionFailure("\(arguments[1]) is not known")
        }
        try file.commit()
    }

    private static func copy(
        _ reader: inout CSVReader, _ output: inout FileWriter, header: String, behind: String
    ) throws {
        try output.write(Array(header.utf8))
        let ending = Array(behind.utf8)
        while try reader.next() {
            try reader.copyRecord(to: &output, then: ending.count) { room in
                ending.withUnsafeBytes { room.copyMemory(from: $0) }
                return ending.count
            }
        }
    }

    private static func copyFields(
        _ reader: inout CSVReader, _ output: inout FileWriter
    ) throws {
        var row = CSVWriter()
        try output.write([0x0A])
        while try reader.next() {
            for index in reader.columns.indices {
                if reader.isMissing(index) {
                    row.append(nil)
                } else {
                    reader.withBytes(index) { row.append(bytes: $0) }
                }
            }
            try row.end(into: &output)
        }
    }
}
