internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger

/// In what form rows stand in a lake. A lake may hold both.
package enum LakeFileFormat: String, CaseIterable, Sendable {
    /// JSON Lines, compressed by gzip.
    case jsonl
    /// Parquet, written by the program `duckdb`.
    case parquet

    /// How the names of its files end.
    var suffix: String {
        switch self {
        case .jsonl: ".jsonl.gz"
        case .parquet: ".parquet"
        }
    }
}

/// The rows of one kind, of one experiment or outcome, and of one day.
struct LakePartition: Hashable {
    var kind: ShippedKind
    /// The experiment, or the outcome's name; `nil` of batches.
    var name: String?
    /// Days since 1970-01-01, in UTC.
    var day: Int64

    /// Its folder for one node: `decisions/experiment=limits/day=2026-01-31/node=tokyo-1`.
    func folder(of node: Name) -> String {
        let name = kind.nameColumn.map { "/\($0)=\(self.name ?? "")" } ?? ""
        return "\(kind)\(name)/day=\(LakeDay.text(day))/node=\(node)"
    }
}

/// Days as a lake names them.
enum LakeDay {
    static let microseconds: Int64 = 86_400_000_000

    /// A day since 1970 as `2026-01-31`.
    static func text(_ day: Int64) -> String {
        String(Timestamp(microseconds: day * microseconds).description.prefix(10))
    }
}

/// A file of rows, by its name: the range of keys that was shipped, and the format.
///
///     LakeFile(folder: "batches/day=2026-01-31/node=a", name: "000000000001-000000000512.parquet")
struct LakeFile: Hashable {
    var folder: String
    var keys: ClosedRange<Int64>
    var format: LakeFileFormat

    init(folder: String, keys: ClosedRange<Int64>, format: LakeFileFormat) {
        self.folder = folder
        self.keys = keys
        self.format = format
    }

    /// A file of this name; `nil` where it is none of rows.
    init?(folder: String, name: String) {
        guard let format = LakeFileFormat.allCases.first(where: { name.hasSuffix($0.suffix) })
        else { return nil }
        let ends = name.dropLast(format.suffix.count).split(
            separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.count >= LakeFile.digits }),
            let first = Int64(ends[0]), let last = Int64(ends[1]), first >= 1, first <= last
        else { return nil }
        self.init(folder: folder, keys: first...last, format: format)
        guard self.name == name else { return nil }
    }

    /// As many digits as keep the names of 10^12 rows in their order.
    private static let digits = 12

    var name: String {
        func padded(_ key: Int64) -> String {
            let text = String(key)
            return String(repeating: "0", count: max(0, LakeFile.digits - text.utf8.count)) + text
        }
        return "\(padded(keys.lowerBound))-\(padded(keys.upperBound))\(format.suffix)"
    }

    var path: String { "\(folder)/\(name)" }
}

extension Lake {
    /// The folders of nodes below a kind: each holds files of one partition of one node.
    ///
    /// What is not named as a partition is somebody else's, and left alone.
    func nodeFolders(of kind: ShippedKind) throws(LakeError) -> [(path: String, day: String)] {
        var folders: [(path: String, day: String)] = [("\(kind)", "")]
        for column in [kind.nameColumn, "day", "node"] {
            guard let column else { continue }
            var inner: [(path: String, day: String)] = []
            for folder in folders {
                for name in try self.folder.names(folder.path) where name.hasPrefix("\(column)=") {
                    let value = String(name.dropFirst(column.utf8.count + 1))
                    inner.append(("\(folder.path)/\(name)", column == "day" ? value : folder.day))
                }
            }
            folders = inner
        }
        return folders
    }

    /// The files of rows in a folder, by their keys; of those that begin alike the widest first.
    func files(in folder: String) throws(LakeError) -> [LakeFile] {
        try self.folder.names(folder).compactMap { LakeFile(folder: folder, name: $0) }
            .sorted {
                ($0.keys.lowerBound, -$0.keys.upperBound) < (
                    $1.keys.lowerBound, -$1.keys.upperBound
                )
            }
    }
}
