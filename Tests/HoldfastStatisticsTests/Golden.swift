import Glibc
import HoldfastFormats
import Testing

/// Golden cases beside the tests. A missing file or field fails; it is never passed over.
enum Golden {
    static func cases(_ part: String, in file: String = "statistics") throws -> [JSON] {
        let parsed = try JSON.parse(try bytes(file + ".json"))
        let cases = try #require(parsed[part]?.array, "no part \(part)")
        try #require(!cases.isEmpty)
        return cases
    }

    /// The cells of each column of a CSV file that quotes nothing.
    static func table(_ file: String) throws -> [String: [String]] {
        let lines = String(decoding: try bytes(file + ".csv"), as: UTF8.self)
            .split(separator: "\n")
        let rows = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let header = try #require(rows.first)
        var columns: [String: [String]] = [:]
        for (place, name) in header.enumerated() {
            columns[String(name)] = rows.dropFirst().map { String($0[place]) }
        }
        return columns
    }

    private static func bytes(_ file: String) throws -> [UInt8] {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let path = folder.joined(separator: "/") + "/Golden/" + file
        let handle = try #require(fopen(path, "r"), "no golden file \(file)")
        defer { fclose(handle) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(handle), byte != EOF { bytes.append(UInt8(byte)) }
        return bytes
    }
}

extension JSON {
    func numbers(_ key: String) throws -> [Double] {
        try #require(self[key]?.array).map { try #require($0.double) }
    }

    func counts(_ key: String) throws -> [Int] { try numbers(key).map { Int($0) } }

    func number(_ key: String) throws -> Double { try #require(self[key]?.double) }

    func expected(_ key: String) throws -> Double {
        try #require(self["expected"]).number(key)
    }
}

/// Whether a figure is the expected one, to a relative tolerance; zero only by zero.
func isClose(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-9) -> Bool {
    guard let value else { return false }
    // Below the smallest normal double a relative error says nothing.
    return abs(value - expected) <= max(tolerance * abs(expected), 1e-307)
}
