internal import Glibc
public import HoldfastFormats

/// A fixture that a test needs and that is not there, or holds nothing.
public struct MissingFixture: Error, CustomStringConvertible {
    /// What was looked for.
    public var description: String

    /// Says what was looked for.
    public init(_ description: String) {
        self.description = description
    }
}

/// The files of the repository, wherever it is checked out.
public enum Repository {
    /// The repository's folder, found from this file's own path.
    public static let root: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    /// The bytes of a file, by its path from the repository's folder. A missing file is an error.
    public static func bytes(_ path: String) throws -> [UInt8] {
        guard let handle = fopen(root + "/" + path, "r") else {
            throw MissingFixture("there is no file \(path)")
        }
        defer { fclose(handle) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&part, 1, part.count, handle), count > 0 {
            bytes.append(contentsOf: part[..<count])
        }
        return bytes
    }

    /// The text of a file, by its path from the repository's folder.
    public static func text(_ path: String) throws -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    /// The names of the files in a folder that end so, sorted. None at all is an error.
    public static func files(in folder: String, ending: String) throws -> [String] {
        guard let handle = opendir(root + "/" + folder) else {
            throw MissingFixture("there is no folder \(folder)")
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name.hasSuffix(ending), !name.hasPrefix(".") { names.append(name) }
        }
        guard !names.isEmpty else {
            throw MissingFixture("the folder \(folder) has no \(ending)")
        }
        return names.sorted()
    }
}

/// A golden file below `Tests`, as JSON.
///
///     try golden("HoldfastFormatsTests/Golden/json.json").cases("read")
public func golden(_ path: String) throws -> JSON {
    try JSON.parse(try Repository.bytes("Tests/" + path))
}

extension JSON {
    /// The cases under a name: a list that is not empty. Anything else is an error, so that no test
    /// passes because it had nothing to test.
    public func cases(_ name: String) throws -> [JSON] {
        guard let cases = self[name]?.array, !cases.isEmpty else {
            throw MissingFixture("there are no cases of \"\(name)\"")
        }
        return cases
    }

    /// The text under a name, which must be there.
    public func text(at name: String) throws -> String {
        guard let text = self[name]?.string else {
            throw MissingFixture("there is no text \"\(name)\"")
        }
        return text
    }

    /// The integer under a name, which must be there.
    public func integer(at name: String) throws -> Int64 {
        guard case .integer(let value)? = self[name] else {
            throw MissingFixture("there is no integer \"\(name)\"")
        }
        return value
    }

    /// The members of an object, else none.
    public var members: [(key: String, value: JSON)] {
        guard case .object(let object) = self else { return [] }
        return object.members
    }
}

/// The bytes that hexadecimal digits stand for, two each.
public func bytes(hexadecimal digits: String) -> [UInt8] {
    let values = digits.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    return stride(from: 0, to: values.count - 1, by: 2).map {
        UInt8(values[$0] << 4 | values[$0 + 1])
    }
}
