import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastTables
import Testing
import TestSupport

/// CSV and JSON Lines hold the same values, and those are what was recorded.
@Suite struct FormatTests {
    /// Every unit is withheld, so that each row is clean whatever its unit is called.
    private static func catalog() throws -> Catalog {
        try HoldfastDatasetsTests.catalog(
            """
            holdouts: {h: {unit: customer, share: 100%}},
            experiments: {limits: {unit: customer, arms: [{control: 50%}, {treatment: 50%}],
            outcome: {name: paid, horizon: 3h, absent: 0}, split: {all: 100%},
            features: {n: number, i: integer, c: category, b: boolean}}}
            """)
    }

    private static let texts: [String?] = [
        nil, "", " ", " x", "x ", "a,b", "\"", "\"\"", "a\"b", "a\nb", "a\r\nb", "\r", "\n",
        "\u{0}",
        "a\u{0}b", "NA", "null", "true", "1", "1e5", "é", "e\u{301}", "日本,語", "\u{1F600}", "\\n",
        "'",
        "\u{1F}", "\u{2028}", "\u{FEFF}x",
    ]
    private static let numbers: [Double?] = [
        nil, 0, -0.0, 1, -1, 0.1, 0.1 + 0.2, 1e-7, 1e21, 1e300, .leastNonzeroMagnitude,
        .greatestFiniteMagnitude, 123_456_789.125, 4_503_599_627_370_497.5,
    ]
    private static let integers: [Int64?] = [
        nil, 0, 1, -1, .max, .min, 9_007_199_254_740_993, 42,
    ]
    private static let booleans: [Bool?] = [nil, true, false]

    private static func filled(_ catalog: Catalog) async throws -> Shop {
        let shop = try await Shop(catalog)
        let names = try ["n", "i", "c", "b"].map { try name($0) }
        var facts: [Fact] = []
        for index in 0..<60 {
            let values: [FeatureValue?] = [
                numbers[index % numbers.count].map { .number($0) },
                integers[index % integers.count].map { .integer($0) },
                texts[index % texts.count].map { .category($0) },
                booleans[index % booleans.count].map { .boolean($0) },
            ]
            let features = zip(names, values).compactMap { name, value in
                value.map { LoggedFeature(name: name, value: $0) }
            }
            let text = texts[index % texts.count] ?? ""
            facts.append(
                try Shop.decision(
                    catalog, "d-\(index)-\(text)", "\(index)\(text)",
                    at: moment(0, Int64(index % 3) * 500_000), features: features))
        }
        try await shop.append(facts)
        return shop
    }

    private func exported(
        _ shop: Shop, _ catalog: Catalog, _ format: ExportRequest.FileFormat
    ) throws -> [UInt8] {
        let request = ExportRequest(
            catalog: catalog, experiment: "limits", asOf: moment(10), fileFormat: format)
        let manifest = try shop.export(request, to: format.rawValue)
        #expect(manifest.keptCount == 60)
        return Array(try shop.folder.read("\(format.rawValue)/all.\(format.rawValue)"))
    }

    @Test func `CSV and JSON Lines hold the same values, missing and strange ones too`()
        async throws
    {
        let catalog = try FormatTests.catalog()
        let shop = try await FormatTests.filled(catalog)
        let records = FormatTests.records(try exported(shop, catalog, .csv))
        let lines = try exported(shop, catalog, .jsonl).split(separator: UInt8(ascii: "\n"))
        let objects = try lines.map { try JSON.parse(Array($0)) }
        try #require(records.count == 61 && objects.count == 60)
        let header = records[0].map { $0.text }
        for (record, object) in zip(records.dropFirst(), objects) {
            #expect(object.members.map(\.key) == header)
            for ((_, value), field) in zip(object.members, record) {
                #expect(FormatTests.isSame(value, field), "\(value.text()) and \(field)")
            }
        }
    }

    @Test func `a text that means a missing value elsewhere is read back as a text`() async throws {
        let catalog = try FormatTests.catalog()
        let shop = try await Shop(catalog)
        let words = CellValue.missingTokens + [""]
        try await shop.append(
            try words.enumerated().map { index, word in
                let feature = LoggedFeature(name: try name("c"), value: .category(word))
                return try Shop.decision(
                    catalog, "d\(index)", "u", at: moment(0, Int64(index)), features: [feature])
            })
        let request = ExportRequest(
            catalog: catalog, experiment: "limits", asOf: moment(10), observations: .all)
        _ = try shop.export(request, to: "out")
        let records = FormatTests.records(Array(try shop.folder.read("out/all.csv")))
        let column = try #require(records[0].firstIndex { $0.text == "c" })
        #expect(records.dropFirst().map { $0[column].text } == words)
        for record in records.dropFirst() {
            let field = record[column]
            #expect(CellValue(field.text, isQuoted: field.isQuoted) != .missing, "\(field)")
        }
    }

    @Test(arguments: [ExportRequest.FileFormat.csv, .jsonl])
    func `what is in the files is what was recorded`(format: ExportRequest.FileFormat) async throws
    {
        let catalog = try FormatTests.catalog()
        let shop = try await FormatTests.filled(catalog)
        let bytes = try exported(shop, catalog, format)
        var rows: [[String: (text: String, isMissing: Bool)]] = []
        switch format {
        case .parquet: Issue.record("Parquet is read back by Tests/Packaging/parquet_check.py")
        case .csv:
            let records = FormatTests.records(bytes)
            for record in records.dropFirst() {
                let pairs = zip(records[0], record).map {
                    ($0.text, ($1.text, $1.text.isEmpty && !$1.isQuoted))
                }
                rows.append(Dictionary(uniqueKeysWithValues: pairs))
            }
        case .jsonl:
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                let pairs = try JSON.parse(Array(line)).members.map {
                    ($0.key, ($0.value.string ?? $0.value.text(), $0.value == .null))
                }
                rows.append(Dictionary(uniqueKeysWithValues: pairs))
            }
        }
        #expect(rows.count == 60)
        for row in rows {
            let id = try #require(row["id"]?.text)
            let index = try #require(Int(id.split(separator: "-")[1]))
            let text = FormatTests.texts[index % FormatTests.texts.count]
            #expect(sameBytes(id, "d-\(index)-\(text ?? "")"))
            #expect(sameBytes(row["unit"]?.text ?? "-", "\(index)\(text ?? "")"))
            #expect(row["c"]?.isMissing == (text == nil))
            if let text { #expect(sameBytes(row["c"]?.text ?? "-", text), "\(id)") }
            let number = FormatTests.numbers[index % FormatTests.numbers.count]
            #expect(row["n"]?.isMissing == (number == nil))
            if let number { #expect(row["n"].flatMap { Double($0.text) } == number, "\(id)") }
            let integer = FormatTests.integers[index % FormatTests.integers.count]
            #expect(row["i"]?.isMissing == (integer == nil))
            if let integer { #expect(row["i"]?.text == String(integer), "\(id)") }
            let boolean = FormatTests.booleans[index % FormatTests.booleans.count]
            #expect(row["b"]?.isMissing == (boolean == nil))
            if let boolean { #expect(row["b"]?.text == String(boolean), "\(id)") }
            #expect(row["arm"]?.isMissing == true && row["reason"]?.text == "holdout")
            let at = moment(0, Int64(index % 3) * 500_000)
            #expect(row["decided_at"]?.text == at.description)
        }
    }

    @Test func `a row that was taken is the row that would have been written`() throws {
        var writer = CSVWriter()
        #expect(writer.takeRow() == [0x0A])
        for _ in 0..<2 {
            writer.append("a")
            writer.append(nil)
            writer.append("")
            writer.append("x,\"y\"")
            #expect(
                String(decoding: writer.takeRow(), as: UTF8.self) == "a,,\"\",\"x,\"\"y\"\"\"\n")
        }
        writer.append(nil)
        writer.append(bytes: [0x00, 0xFF])
        #expect(writer.takeRow() == [0x2C, 0x00, 0xFF, 0x0A])
    }

    // MARK: - Reading CSV again

    private struct Field: CustomStringConvertible {
        var text = ""
        var isQuoted = false
        var description: String { isQuoted ? "quoted \(text.debugDescription)" : text }
    }

    /// Is a field what the JSON value is?
    private static func isSame(_ value: JSON, _ field: Field) -> Bool {
        switch value {
        case .null: field.text.isEmpty && !field.isQuoted
        case .string(let text): sameBytes(text, field.text) && (!text.isEmpty || field.isQuoted)
        case .bool(let boolean): field.text == (boolean ? "true" : "false")
        case .integer(let integer): Int64(field.text) == integer
        case .number(let number): Double(field.text)?.bitPattern == number.bitPattern
        case .array, .object: false
        }
    }

    /// The records of a CSV text by RFC 4180, read byte by byte and by no code of Holdfast's.
    private static func records(_ bytes: [UInt8]) -> [[Field]] {
        var records: [[Field]] = []
        var record: [Field] = []
        var text: [UInt8] = []
        var (isQuoted, isInside) = (false, false)
        var index = 0
        func field() -> Field {
            Field(text: String(decoding: text, as: UTF8.self), isQuoted: isQuoted)
        }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isInside {
                guard byte == 0x22 else {
                    text.append(byte)
                    continue
                }
                if index < bytes.count, bytes[index] == 0x22 {
                    text.append(0x22)
                    index += 1
                } else {
                    isInside = false
                }
            } else if byte == 0x22 {
                (isQuoted, isInside) = (true, true)
            } else if byte == 0x2C || byte == 0x0A {
                record.append(field())
                (text, isQuoted) = ([], false)
                if byte == 0x0A {
                    records.append(record)
                    record = []
                }
            } else {
                text.append(byte)
            }
        }
        return records
    }
}
