internal import HoldfastTables

/// Which of the compared tables one is.
public enum TableRole: String, Sendable, Equatable, CaseIterable {
    /// What a model was fitted to.
    case train
    /// What it was evaluated on.
    case eval
    /// What it scores in operation.
    case serve
}

/// A CSV table to be compared, wherever it comes from.
///
///     TableInput.file("train.csv")
///     TableInput.bytes(Array("a,b\n1,2\n".utf8), name: "example")
public struct TableInput: Sendable {
    /// What errors and reports call it.
    public var name: String
    private var content: Content

    private enum Content: Sendable {
        case file
        case bytes([UInt8])
        case descriptor(Int32)
    }

    /// A file by its path.
    public static func file(_ path: String) -> TableInput {
        TableInput(name: path, content: .file)
    }

    /// Bytes in memory.
    public static func bytes(_ bytes: [UInt8], name: String) -> TableInput {
        TableInput(name: name, content: .bytes(bytes))
    }

    /// What can be read from a descriptor, such as 0 for standard input; it stays open.
    public static func descriptor(_ descriptor: Int32, name: String) -> TableInput {
        TableInput(name: name, content: .descriptor(descriptor))
    }

    func reader() throws -> CSVReader {
        switch content {
        case .file: try CSVReader(path: name)
        case .bytes(let bytes): try CSVReader(bytes: bytes, path: name)
        case .descriptor(let descriptor): try CSVReader(descriptor: descriptor, path: name)
        }
    }
}
