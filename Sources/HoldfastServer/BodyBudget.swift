internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// The bytes of request bodies that may be held at once, over all connections.
///
///     let share = budget.share()
///     defer { share.release() }            // when the answer is made
///     request.body = share.charging(request)
///
/// Taken as bytes arrive and not by what a header promises: eight clients that only promise would
/// lock out all others. What does not fit is answered 503 before it is kept.
final class BodyBudget: Sendable {
    /// Eight of the largest bodies at once. Read into items, a body takes up to some thirty times
    /// its bytes.
    static let byteLimit = 64 << 20

    private let limit: Int
    private let taken = Mutex(0)

    init(byteLimit: Int = BodyBudget.byteLimit) {
        limit = byteLimit
    }

    /// The bytes that are held now.
    var bytesTaken: Int { taken.withLock { $0 } }

    /// A share for one request, empty yet.
    func share() -> Share { Share(budget: self) }

    private func take(_ count: Int) -> Bool {
        taken.withLock { taken in
            guard count <= limit - taken else { return false }
            taken += count
            return true
        }
    }

    private func give(_ count: Int) {
        taken.withLock { $0 -= count }
    }

    /// What one request holds.
    final class Share: Sendable {
        private let budget: BodyBudget
        private let bytes = Mutex(0)

        fileprivate init(budget: BodyBudget) {
            self.budget = budget
        }

        deinit { release() }

        func take(_ count: Int) -> Bool {
            guard budget.take(count) else { return false }
            bytes.withLock { $0 += count }
            return true
        }

        /// Gives all of it back.
        func release() {
            budget.give(
                bytes.withLock { bytes in
                    defer { bytes = 0 }
                    return bytes
                })
        }

        /// A request's body, each part of which is taken from the budget as it comes. Its errors
        /// are a ``Problem``: that there is no room, or that the body ended before its end.
        func charging(_ request: Request) -> RequestBody {
            let declared = request.headers[.contentLength].flatMap { Int($0) }
            return RequestBody(
                asyncSequence: ChargedBody(base: request.body, share: self, declared: declared))
        }
    }
}

/// The parts of a body, charged to a budget.
private struct ChargedBody: AsyncSequence, Sendable {
    let base: RequestBody
    let share: BodyBudget.Share
    let declared: Int?

    func makeAsyncIterator() -> Iterator {
        Iterator(base: base.makeAsyncIterator(), share: share, missing: declared)
    }

    struct Iterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        let share: BodyBudget.Share
        /// What the header promised and what has not come yet; `nil` where it promised nothing.
        var missing: Int?

        mutating func next() async throws -> ByteBuffer? {
            let part: ByteBuffer?
            do {
                part = try await base.next()
            } catch {
                throw Problem.incomplete
            }
            guard let part else {
                // A connection that broke must not pass for the end of a body.
                if let missing, missing > 0 { throw Problem.incomplete }
                return nil
            }
            guard share.take(part.readableBytes) else { throw Problem.busy }
            missing = missing.map { $0 - part.readableBytes }
            return part
        }
    }
}

extension Problem {
    /// No room for another body now.
    fileprivate static var busy: Problem {
        Problem(
            .serviceUnavailable, code: "busy",
            detail: "the service holds as many bytes of requests as it may",
            hint: "nothing of it was recorded; wait as Retry-After says and send it again",
            retryAfter: 1)
    }

    /// A body that ended before its end, or is not what its header says.
    fileprivate static var incomplete: Problem {
        Problem(
            .badRequest, code: "incomplete", detail: "the body broke off, or is badly chunked",
            hint: "nothing of it was recorded; send it again")
    }
}
