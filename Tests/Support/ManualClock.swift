public import HoldfastFormats
internal import Synchronization

/// A clock that stands still until a test moves it.
///
///     let clock = try ManualClock("2026-01-01T00:00:00Z")
///     clock.advance(seconds: 90)
///     clock.now.description   // 2026-01-01T00:01:30Z
public final class ManualClock: Sendable {
    private let microseconds: Mutex<Int64>

    /// A clock that shows this moment.
    public init(_ start: Timestamp) {
        microseconds = Mutex(start.microseconds)
    }

    /// A clock that shows this RFC 3339 time.
    public convenience init(_ start: String) throws {
        self.init(try Timestamp(rfc3339: start))
    }

    /// The moment that it shows.
    public var now: Timestamp { Timestamp(microseconds: microseconds.withLock { $0 }) }

    /// Moves it on, or back by a negative number.
    public func advance(seconds: Int64) {
        microseconds.withLock { $0 += seconds * 1_000_000 }
    }
}
