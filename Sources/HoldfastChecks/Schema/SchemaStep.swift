internal import HoldfastFormats

/// One step from the outside of a JSON text to a value in it.
enum SchemaStep: Sendable, Equatable {
    /// To the member of that name.
    case key(String)
    /// To the element at that place.
    case index(Int)

    /// The steps as an error names them.
    ///
    ///     [.key("columns"), .key("region"), .key("categories"), .index(2)]
    ///     // column "region": categories, number 3,
    static func text(_ path: [SchemaStep]) -> String {
        guard case .key("columns")? = path.first, path.count > 1, case .key(let column) = path[1]
        else { return path.map(\.text).joined(separator: ", ") }
        let name = "column \"\(CategoryList.cut(column))\""
        let rest = path.dropFirst(2).map(\.text).joined(separator: ", ")
        return rest.isEmpty ? name : "\(name): \(rest)"
    }

    private var text: String {
        switch self {
        case .key(let key): CategoryList.cut(key)
        case .index(let index): "number \(index + 1),"
        }
    }

    /// The line, from 1, on which the value at the end of a path stands; where it is not there, the
    /// one that lacks it. `nil` where the bytes are no JSON.
    static func line(of path: [SchemaStep], in bytes: [UInt8]) -> Int? {
        var parser = JSONParser(bytes[...])
        parser.skipSpace()
        var place = parser
        do throws(JSONError) {
            for step in path {
                guard try parser.enter(step) else { break }
                parser.skipSpace()
                place = parser
            }
        } catch { return nil }
        return place.fault("").line
    }
}

extension JSONParser {
    /// Goes into the object or array that begins here, to a member or element; false where there
    /// is none such.
    fileprivate mutating func enter(_ step: SchemaStep) throws(JSONError) -> Bool {
        let isObject = byte == UInt8(ascii: "{")
        guard isObject || byte == UInt8(ascii: "[") else { return false }
        position += 1
        var index = 0
        while true {
            skipSpace()
            guard let next = byte, next != UInt8(ascii: "}"), next != UInt8(ascii: "]") else {
                return false
            }
            if isObject {
                let name = try parseValue(depth: 0).string ?? ""
                skipSpace()
                position += 1  // ":"
                if case .key(let key) = step, sameBytes(key, name) { return true }
            } else if step == .index(index) {
                return true
            }
            _ = try parseValue(depth: 0)
            index += 1
            skipSpace()
            if byte == UInt8(ascii: ",") { position += 1 }
        }
    }
}
