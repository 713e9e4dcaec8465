package import HoldfastTables

/// Which of the compared tables one is.
public enum TableRole: String, Sendable, Equatable, CaseIterable {
    /// What a model was fitted to.
    case train
    /// What it was evaluated on.
    case eval
    /// What it scores in operation.
    case serve
}

/// A table to be compared, wherever it comes from.
///
///     TableInput.file("train.csv")
///     TableInput.bytes(Array("a,b\n1,2\n".utf8), name: "example")
///
/// A file is CSV, JSON Lines, either of them compressed by gzip, Parquet (through the `duckdb`
/// program), or a table of an SQLite database, `features.db:table`.
public struct TableInput: Sendable {
    /// Where the rows come from.
    package let source: TableSource

    /// A table that is read from `source`.
    package init(_ source: TableSource) { self.source = source }

    /// What errors and reports call it.
    public var name: String { source.name }

    /// A file by its path.
    public static func file(_ path: String) -> TableInput { TableInput(.file(path)) }

    /// Bytes in memory.
    public static func bytes(_ bytes: [UInt8], name: String) -> TableInput {
        TableInput(.bytes(bytes, name: name))
    }

    /// What can be read from a descriptor, such as 0 for standard input; it stays open.
    public static func descriptor(_ descriptor: Int32, name: String) -> TableInput {
        TableInput(.descriptor(descriptor, name: name))
    }
}
