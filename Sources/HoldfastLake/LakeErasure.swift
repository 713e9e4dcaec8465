package import HoldfastAssignment
package import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastTables

/// Erases units in a lake: their rows in every file, and those of others that name them as their
/// cluster.
///
///     let erasure = LakeErasure(lake: lake, catalog: catalog, now: .now)
///     try erasure.run([unit]) { … }   // 4 rows in 3 files
///
/// First a mark is left by which later shipments, of whatever node, leave them out. Then each file
/// that holds one is written anew without it and renamed over the old one. Stopped on the way, it
/// is run again: what is done stays done.
package struct LakeErasure: Sendable {
    package var lake: Lake
    /// Whose salt is the key of the marks.
    package var catalog: Catalog
    package var now: Timestamp
    /// The program `duckdb`, where it is not in PATH; needed where the lake holds Parquet.
    package var duckdb: String?

    package init(lake: Lake, catalog: Catalog, now: Timestamp, duckdb: String? = nil) {
        self.lake = lake
        self.catalog = catalog
        self.now = now
        self.duckdb = duckdb
    }

    /// What was erased.
    package struct Summary: Sendable, Equatable {
        /// Rows, and in how many files.
        package var rows = 0
        package var files = 0
        /// Whether one of the units had its mark before.
        package var wasForgotten = false
    }

    /// Erases these units.
    package func run(_ units: [UnitID], progress: (String) -> Void) throws -> Summary {
        let wish = LakeLock.Wish(folder: lake.folder, file: Lake.lock, isShared: false)
        let lock = try LakeLock.wait(wish) {
            progress("waiting for shipments that are under way")
        }
        defer { withExtendedLifetime(lock) {} }
        let work = try lake.workFolder()
        var summary = Summary()
        for unit in units {
            let isNew = try LakeMarks.add(unit, to: lake, salt: catalog, at: now, by: work)
            summary.wasForgotten = summary.wasForgotten || !isNew
        }
        let sought = Sought(units)
        for kind in ShippedKind.allCases where kind.isPersonal {
            for folder in try lake.nodeFolders(of: kind) {
                try Task.checkCancellation()
                progress("looking through \(folder.path): \(summary.rows) rows erased")
                try erase(sought, in: folder.path, of: kind, by: work, &summary)
            }
        }
        try lake.folder.removeScratch(work)
        return summary
    }

    /// The units that are looked for.
    private struct Sought {
        var units: [String]
        /// As they stand in a line of JSON, with their quotes.
        var literals: Set<[UInt8]>

        init(_ units: [UnitID]) {
            self.units = units.map(\.text)
            literals = Set(
                units.map {
                    var literal: [UInt8] = []
                    appendJSONString($0.text, to: &literal)
                    return literal
                })
        }

        func isIn(_ line: ArraySlice<UInt8>) -> Bool {
            LakeErasure.members.contains { member in
                LakeErasure.literal(behind: member, in: line).map(literals.contains) ?? false
            }
        }
    }

    private func erase(
        _ sought: Sought, in folder: String, of kind: ShippedKind, by work: String,
        _ summary: inout Summary
    ) throws {
        let files = try lake.files(in: folder)
        var isChanged = false
        for file in files where file.format == .jsonl {
            guard try holds(file, sought) else { continue }
            let target = "\(work)/rows\(file.format.suffix)"
            try lake.folder.remove(target)
            let (kept, erased) = try copy(file, without: sought, to: target)
            try put(target, over: file, kept: kept)
            summary.rows += erased
            summary.files += 1
            isChanged = true
        }
        let columnar = files.filter { $0.format == .parquet }
        if !columnar.isEmpty {
            let isClustered = kind != .outcomes
            let parquet = LakeParquet(lake: lake, program: DuckDBProgram(program: duckdb))
            let counts = try parquet.count(sought.units, isClustered: isClustered, in: columnar)
            for (file, count) in zip(columnar, counts) where count > 0 {
                let target = "\(work)/rows\(file.format.suffix)"
                try lake.folder.remove(target)
                let kept = try parquet.copy(
                    file, without: sought.units, isClustered: isClustered, to: target)
                try put(target, over: file, kept: kept)
                summary.rows += count
                summary.files += 1
                isChanged = true
            }
        }
        if isChanged { try lake.folder.sync(folder) }
    }

    /// Renames a file over the one that it is a copy of; one without rows leaves none.
    private func put(_ target: String, over file: LakeFile, kept: Int) throws {
        if kept > 0 {
            try lake.folder.move(target, to: file.path)
        } else {
            try lake.folder.remove(target)
            try lake.folder.remove(file.path)
        }
    }

    private func holds(_ file: LakeFile, _ sought: Sought) throws -> Bool {
        var lines = try GzipLines(path: lake.folder.absolute(file.path))
        var isFound = false
        // To its end, also when one is found: a file that is damaged must not be written anew.
        while let line = try lines.next() { isFound = isFound || sought.isIn(line) }
        return isFound
    }

    private func copy(
        _ file: LakeFile, without sought: Sought, to target: String
    ) throws -> (kept: Int, erased: Int) {
        var lines = try GzipLines(path: lake.folder.absolute(file.path))
        let output = try GzipFile(path: lake.folder.absolute(target))
        var (kept, erased) = (0, 0)
        while let line = try lines.next() {
            if sought.isIn(line) {
                erased += 1
            } else {
                try output.write(line)
                try output.write(CollectionOfOne(0x0A))
                kept += 1
            }
        }
        try output.finish()
        return (kept, erased)
    }

    // MARK: - Looking into a line

    private static let members = [Array("\"unit\":".utf8), Array("\"cluster\":".utf8)]

    /// The text, with its quotes, behind a member's name.
    ///
    /// Within a text a quote has a backslash before it, so that the name with its quotes stands
    /// nowhere else.
    static func literal(behind member: [UInt8], in line: ArraySlice<UInt8>) -> [UInt8]? {
        guard let start = end(of: member, in: line), start < line.endIndex, line[start] == 0x22
        else { return nil }
        var place = start + 1
        while place < line.endIndex {
            if line[place] == 0x22 { return Array(line[start...place]) }
            place += line[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    private static func end(of member: [UInt8], in line: ArraySlice<UInt8>) -> Int? {
        var place = line.startIndex
        while let quote = line[place...].firstIndex(of: 0x22) {
            if line[quote...].starts(with: member) { return quote + member.count }
            place = quote + 1
        }
        return nil
    }
}
