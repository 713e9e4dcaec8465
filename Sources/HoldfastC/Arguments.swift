internal import CHoldfast
internal import Glibc
internal import HoldfastAssignment

/// Why a call cannot do what it was asked: the status, and the text for the caller's buffer.
struct Failure: Error {
    let status: Int32
    let text: String

    /// An argument that no answer can be given to.
    static func argument(_ message: String, _ hint: String) -> Failure {
        Failure(status: Int32(HOLDFAST_BAD_ARGUMENT), text: "\(message); \(hint)")
    }
}

/// The bytes of a text that C gave; throws where pointer and length do not go together.
func bytes(
    _ pointer: UnsafePointer<CChar>?, _ count: Int, _ what: StaticString
) throws(Failure) -> UnsafeRawBufferPointer {
    guard count >= 0 else {
        throw .argument("\(what) has an impossible length", "give the number of its bytes")
    }
    guard let pointer else {
        throw .argument("\(what) is NULL", "give a pointer to its bytes")
    }
    return UnsafeRawBufferPointer(start: pointer, count: count)
}

/// The bytes of an id, which are UTF-8 and as many as an id may have.
func idBytes(
    _ pointer: UnsafePointer<CChar>?, _ count: Int, _ what: StaticString
) throws(Failure) -> UnsafeRawBufferPointer {
    let bytes = try bytes(pointer, count, what)
    guard (1...UnitID.byteLimit).contains(count) else {
        throw .argument(
            "\(what) has \(count) bytes", "give 1 to \(UnitID.byteLimit) bytes")
    }
    guard isUTF8(bytes.bindMemory(to: UInt8.self)) else {
        throw .argument("\(what) is not UTF-8", "convert it before it is dealt")
    }
    return bytes
}

/// A text that C gave.
func text(
    _ pointer: UnsafePointer<CChar>?, _ count: Int, _ what: StaticString
) throws(Failure) -> String {
    guard let text = String(validating: try bytes(pointer, count, what), as: UTF8.self) else {
        throw .argument("\(what) is not UTF-8", "save or convert it as UTF-8")
    }
    return text
}

/// What a candidate is known to be, as the rule reads it.
func attributes(
    _ candidate: holdfast_candidate
) throws(Failure) -> [String: AttributeValue] {
    guard candidate.attribute_count != 0 else { return [:] }
    guard candidate.attribute_count > 0, candidate.attribute_count <= attributeLimit else {
        throw .argument(
            "there are \(candidate.attribute_count) attributes", "give at most \(attributeLimit)")
    }
    guard let list = candidate.attributes else {
        throw .argument("the list of attributes is NULL", "give it, or a count of 0")
    }
    var values: [String: AttributeValue] = [:]
    for index in 0..<candidate.attribute_count {
        let attribute = list[index]
        let name = try text(attribute.name, attribute.name_length, "the name of an attribute")
        switch Int(attribute.kind) {
        case HOLDFAST_TEXT:
            values[name] = .text(
                try text(attribute.text, attribute.text_length, "the text of an attribute"))
        case HOLDFAST_NUMBER: values[name] = .number(attribute.number)
        case HOLDFAST_BOOLEAN: values[name] = .boolean(attribute.number != 0)
        default:
            throw .argument(
                "the attribute \"\(name)\" is of kind \(attribute.kind)",
                "0 is a text, 1 a number, 2 a boolean")
        }
    }
    return values
}

/// The most attributes of a unit, as the service has it.
let attributeLimit = 1_000

/// Writes a text into the caller's buffer, cut at a whole character, ended by a zero byte.
func write(_ text: String, to buffer: UnsafeMutablePointer<CChar>?, _ size: Int) {
    guard let buffer, size > 0 else { return }
    let bytes = Array(text.utf8)
    var count = min(bytes.count, size - 1)
    // A byte 10xxxxxx goes on with a character: never cut before one.
    while count > 0, count < bytes.count, bytes[count] & 0xC0 == 0x80 { count -= 1 }
    for index in 0..<count { buffer[index] = CChar(bitPattern: bytes[index]) }
    buffer[count] = 0
}
