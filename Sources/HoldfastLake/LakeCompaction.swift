internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastTables

/// Merges the files of each folder of a lake into one.
///
///     try LakeCompaction(lake: lake, before: "2026-02-01").run { … }.merged   // 812 files into 90
///
/// The new file is named by all keys from the first file's to the last's, and is renamed into its
/// place before the old ones are removed: whatever stops it, readers find every row, and drop those
/// that they find twice. The next compaction removes files whose keys lie within another's.
///
/// A folder that holds Parquet becomes one Parquet file, by `duckdb`.
package struct LakeCompaction: Sendable {
    package var lake: Lake
    /// Folders of this day, as `2026-01-31`, and later are left alone.
    package var before: String
    /// The program `duckdb`, where it is not in PATH.
    package var duckdb: String?

    package init(lake: Lake, before: String, duckdb: String? = nil) {
        self.lake = lake
        self.before = before
        self.duckdb = duckdb
    }

    /// What was merged.
    package struct Summary: Sendable, Equatable {
        /// Folders that were compacted.
        package var folders = 0
        /// Files that are gone, and files that came for them.
        package var removed = 0
        package var made = 0
        /// Rows in the files that came.
        package var rows = 0
    }

    /// Compacts every folder that has more than one file.
    package func run(progress: (String) -> Void) throws -> Summary {
        var summary = Summary()
        for kind in ShippedKind.allCases {
            for folder in try lake.nodeFolders(of: kind) where folder.day < before {
                try Task.checkCancellation()
                progress("compacting \(folder.path)")
                // For each folder anew: who ships waits for one folder, and not for all.
                let wish = LakeLock.Wish(folder: lake.folder, file: Lake.lock, isShared: false)
                let lock = try LakeLock.wait(wish) {
                    progress("waiting for shipments that are under way")
                }
                try compact(folder.path, of: kind, &summary)
                withExtendedLifetime(lock) {}
            }
        }
        return summary
    }

    private func compact(
        _ folder: String, of kind: ShippedKind, _ summary: inout Summary
    ) throws {
        let files = try lake.files(in: folder)
        guard files.count > 1, let first = files.first else { return }
        summary.folders += 1
        let format: LakeFileFormat =
            files.contains { $0.format == .parquet } ? .parquet : .jsonl
        let (whole, covered) = LakeCompaction.parted(files, preferring: format)
        var gone = covered
        if whole.count > 1 {
            let last = whole.map(\.keys.upperBound).max() ?? first.keys.upperBound
            let merged = LakeFile(
                folder: folder, keys: first.keys.lowerBound...last, format: format)
            let work = try lake.workFolder()
            let target = "\(work)/rows\(format.suffix)"
            summary.rows += try merge(whole, of: kind, format, to: target)
            try lake.folder.move(target, to: merged.path)
            try lake.folder.sync(folder)
            try lake.folder.removeScratch(work)
            summary.made += 1
            gone += whole
        }
        for file in gone { try lake.folder.remove(file.path) }
        try lake.folder.sync(folder)
        summary.removed += gone.count
    }

    /// Files, in the order of their keys, whose rows stand nowhere else, and those that a
    /// compaction that was cut short has left behind: their keys lie within another file's.
    ///
    /// A node ships one range behind the other. So files overlap only where one was made of others.
    static func parted(
        _ files: [LakeFile], preferring format: LakeFileFormat
    ) -> (whole: [LakeFile], covered: [LakeFile]) {
        var whole: [LakeFile] = []
        var covered: [LakeFile] = []
        for file in files {
            guard let last = whole.last, last.keys.upperBound >= file.keys.upperBound else {
                whole.append(file)
                continue
            }
            if last.keys == file.keys, file.format == format, last.format != format {
                whole[whole.count - 1] = file
                covered.append(last)
            } else {
                covered.append(file)
            }
        }
        return (whole, covered)
    }

    private func merge(
        _ files: [LakeFile], of kind: ShippedKind, _ format: LakeFileFormat, to target: String
    ) throws -> Int {
        switch format {
        case .jsonl:
            var rows = 0
            let output = try GzipFile(path: lake.folder.absolute(target))
            for file in files {
                var lines = try GzipLines(path: lake.folder.absolute(file.path))
                while let line = try lines.next() {
                    try output.write(line)
                    try output.write(CollectionOfOne(0x0A))
                    rows += 1
                }
            }
            try output.finish()
            return rows
        case .parquet:
            return try LakeParquet(lake: lake, program: DuckDBProgram(program: duckdb))
                .merge(files, try columns(of: kind, in: files[0].folder), to: target)
        }
    }

    /// The columns of a folder's rows, with the features that its node's ledger has.
    private func columns(of kind: ShippedKind, in folder: String) throws -> [LakeColumn] {
        let columns: [LakeColumn] = [.integer("key")] + kind.columns
        func part(_ name: String) -> String? {
            folder.split(separator: "/").first { $0.hasPrefix("\(name)=") }
                .map { String($0.dropFirst(name.utf8.count + 1)) }
        }
        guard kind == .decisions, let experiment = part("experiment"), let node = part("node"),
            let document = try lake.folder.readJSON("features/\(node)/\(experiment).json"),
            case .object(let features)? = document["features"]
        else { return columns }
        return columns
            + features.members.map { LakeColumn(feature: $0.key, type: $0.value.string ?? "") }
    }
}
