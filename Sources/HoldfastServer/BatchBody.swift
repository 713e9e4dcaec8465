internal import HTTPTypes
internal import HoldfastFormats
internal import HoldfastLedger
internal import Hummingbird
internal import NIOCore

/// The items of a request: one JSON object, a JSON array, or NDJSON with a line each.
struct BatchBody {
    /// One item as it came: read, or refused by itself.
    enum Item {
        case value(JSON)
        case refused(Refusal, source: [UInt8])
    }

    /// The items, in order.
    var items: [Item]
    /// Whether the body was one object, which is answered by one.
    var isSingle: Bool

    /// The most bytes of a body.
    static let byteLimit = 8 << 20
    /// The most items of a body.
    static let itemLimit = 10_000

    init(_ request: Request) async throws {
        let mediaType = request.headers[.contentType].map { value in
            value.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        }
        let buffer = try await BatchBody.collect(request)
        let bytes = Array(buffer.readableBytesView)
        switch mediaType {
        case nil, "application/json", "application/x-www-form-urlencoded":
            // The last is what curl sends when it is told nothing.
            self = try BatchBody(json: bytes)
        case "application/x-ndjson", "application/jsonl", "application/ndjson":
            self = try BatchBody(JSONItems(lines: bytes))
        case .some(let other):
            throw Problem(
                .unsupportedMediaType, code: "media_type",
                detail: "the body's type is \(other.prefix(80))",
                hint: "send application/json or application/x-ndjson")
        }
    }

    private static func collect(_ request: Request) async throws -> ByteBuffer {
        do {
            // What says itself that it is too large is not read first.
            let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
            guard declared <= byteLimit else { throw NIOTooManyBytesError(maxBytes: byteLimit) }
            return try await request.body.collect(upTo: byteLimit)
        } catch is NIOTooManyBytesError {
            throw Problem(
                .contentTooLarge, code: "too_large",
                detail: "the body is larger than \(byteLimit) bytes",
                hint: "send it in parts of at most \(itemLimit) items")
        }
    }

    private init(json bytes: [UInt8]) throws {
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if first == UInt8(ascii: "[") {
            self = try BatchBody(JSONItems(array: bytes))
            return
        }
        isSingle = true
        do throws(JSONError) {
            items = [.value(try JSON.parse(bytes))]
        } catch {
            items = [.refused(Refusal(error), source: bytes)]
        }
    }

    private init(_ source: JSONItems) throws {
        var source = source
        items = []
        isSingle = false
        while let item = source.next() {
            guard items.count < BatchBody.itemLimit else {
                throw Problem(
                    .contentTooLarge, code: "too_many",
                    detail: "the body has more than \(BatchBody.itemLimit) items",
                    hint: "send it in parts; nothing of it was recorded")
            }
            switch item {
            case .value(let json): items.append(.value(json))
            case .malformed(let error, let bytes):
                var refusal = Refusal(error)
                if !source.isComplete {
                    refusal.hint += "; what follows this item could not be read, send it again"
                }
                items.append(.refused(refusal, source: bytes))
            }
        }
    }
}

extension Refusal {
    /// The refusal of an item that is not JSON.
    init(_ error: JSONError) {
        self.init(
            code: "malformed", detail: error.description,
            hint: "mend the item and send it again")
    }
}
