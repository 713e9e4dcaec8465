/// How long to wait before a batch is sent again: twice as long after each failure, up to half a
/// minute, and by chance up to half less, so that many relays do not come back at one moment.
///
///     var backoff = Backoff()
///     backoff.afterFailure(using: &chance)                   // 50 to 100 milliseconds
///     backoff.afterFailure(using: &chance)                   // 100 to 200
///     backoff.afterFailure(asked: 7, using: &chance)         // 7,000: the service asked for it
package struct Backoff: Sendable {
    private var failures = 0

    /// The first wait in milliseconds, at its longest.
    package static let shortest = 100
    /// The longest wait in milliseconds, whatever a service asks for.
    package static let longest = 30_000

    package init() {}

    /// Milliseconds to wait after one more failure; at least the seconds that the service asked
    /// for, up to ``longest``.
    package mutating func afterFailure(
        asked seconds: Int? = nil, using chance: inout some RandomNumberGenerator
    ) -> Int {
        let full = min(Backoff.longest, Backoff.shortest << min(failures, 10))
        failures += 1
        let wait = full / 2 + Int(chance.next(upperBound: UInt64(full / 2 + 1)))
        guard let seconds else { return wait }
        return max(wait, min(max(seconds, 0), Backoff.longest / 1_000) * 1_000)
    }

    /// Begins from the shortest wait again.
    package mutating func reset() { failures = 0 }
}
