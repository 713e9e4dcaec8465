import HoldfastFormats

/// `JSON.parse`: what is written of a value reads back as the same value.
@Sendable func fuzzJSON(_ bytes: [UInt8]) {
    do throws(JSONError) {
        let value = try JSON.parse(bytes)
        for pretty in [false, true] {
            let text = value.text(pretty: pretty)
            let again = mustSucceed("what is written can be read") {
                try JSON.parse(Array(text.utf8))
            }
            require(again == value, "what is written is the same value: \(text)")
        }
    } catch {
        requirePlace(error, in: bytes)
    }
    var lines = JSONItems(lines: bytes)
    drain(&lines, of: bytes)
    do throws(JSONError) {
        var elements = try JSONItems(array: bytes)
        drain(&elements, of: bytes)
    } catch {
        requirePlace(error, in: bytes)
    }
}

/// Takes all items: each is JSON or has a place and its own bytes, and none comes for nothing.
private func drain(_ items: inout JSONItems, of bytes: [UInt8]) {
    var count = 0
    while let item = items.next() {
        count += 1
        require(count <= bytes.count, "there are no more items than bytes")
        if case .malformed(let error, let source) = item {
            requirePlace(error, in: bytes)
            require(source.count <= bytes.count, "an item's bytes are some of the body's")
        }
    }
    require(items.next() == nil, "after the last item there is none")
}

private func requirePlace(_ error: JSONError, in bytes: [UInt8]) {
    let lines = bytes.count { $0 == 0x0A } + 1
    require((1...lines).contains(error.line), "the line exists: \(error)")
    require(error.column >= 1, "columns are counted from 1: \(error)")
    require((0...bytes.count).contains(error.offset), "the offset is in the body: \(error)")
}

/// `Timestamp(rfc3339:)`: what is written of a time reads back as the same time; and every number
/// of microseconds can be written.
@Sendable func fuzzTimestamp(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(TimestampError) {
        let time = try Timestamp(rfc3339: text)
        let again = mustSucceed("a time that was written can be read") {
            try Timestamp(rfc3339: time.description)
        }
        require(again == time, "\(text) is written as another time: \(time)")
    } catch {
        require(!error.description.isEmpty, "an error says what is wrong")
    }
    guard bytes.count == 8 else { return }
    let any = Timestamp(
        microseconds: Int64(
            truncatingIfNeeded: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
    if let again = try? Timestamp(rfc3339: any.description) {
        require(again == any, "\(any.microseconds) is written as another time: \(any)")
    }
}
