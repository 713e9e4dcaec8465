internal import HoldfastTables

/// A file of one partition's rows that is being written.
final class LakeLines {
    let partition: LakePartition
    /// Where it is written, below the lake.
    let path: String
    /// The rows so far.
    private(set) var count = 0
    private let output: GzipFile
    private var line: [UInt8] = []

    init(_ partition: LakePartition, path: String, in folder: LakeFolder) throws {
        self.partition = partition
        self.path = path
        output = try GzipFile(path: folder.absolute(path))
    }

    /// Adds a row, unless it is left out; false then.
    func append(
        _ key: Int64, from rows: LakeRows, unless isLeftOut: (String) -> Bool
    ) throws -> Bool {
        line.removeAll(keepingCapacity: true)
        guard try rows.append(key, of: partition, to: &line, unless: isLeftOut) else {
            return false
        }
        try output.write(line)
        count += 1
        return true
    }

    /// When it returns, all rows are in the file and on the disk.
    func finish() throws { try output.finish() }

    /// Nothing was to be written.
    func giveUp(_ folder: LakeFolder) throws {
        try output.finish()
        try folder.remove(path)
    }
}
