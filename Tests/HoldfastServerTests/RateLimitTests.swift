import Testing
import TestSupport

@testable import HoldfastServer

/// The limit beside the bucket of permits that it stands for, counted in the plainest way.
@Suite struct RateLimitTests {
    /// A bucket that holds permits in nanoseconds, and refills with time.
    private struct Bucket {
        var level: Int64
        var at: Int64 = 0

        mutating func take(at now: Int64, permits: Int64, interval: Int64) -> Int? {
            level = min(permits * interval, level + (now - at))
            at = now
            if level >= interval {
                level -= interval
                return nil
            }
            // Whole seconds until a permit is there, rounded up.
            return Int((interval - level + 999_999_999) / 1_000_000_000)
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `each caller draws from a bucket that refills evenly`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let permits = 1 + chance.below(20)
        let interval = Int64(1 + chance.below(3_000_000_000))
        var limit = RateLimit(permits: permits, each: interval)
        var buckets: [String: Bucket] = [:]
        var now: Int64 = 0
        var taken = 0
        for step in 0..<2_000 {
            now += Int64(chance.below(Int(interval)))
            let caller = "c-\(chance.below(3))"
            let full = Bucket(level: Int64(permits) * interval, at: now)
            var bucket = buckets[caller] ?? full
            let expected = bucket.take(at: now, permits: Int64(permits), interval: interval)
            buckets[caller] = bucket
            #expect(limit.take(caller, at: now) == expected, "seed \(seed), step \(step)")
            taken += expected == nil ? 1 : 0
        }
        #expect(taken > 0 && taken <= 2_000, "seed \(seed)")
    }

    @Test func `whoever waits as told is let through, and a second before is not`() {
        var limit = RateLimit(perSecond: 1)
        #expect(limit.take("a", at: 0) == nil)
        #expect(limit.take("a", at: 0) == 1)
        #expect(limit.take("a", at: 999_999_999) == 1)
        #expect(limit.take("a", at: 1_000_000_000) == nil)
        var slow = RateLimit(permits: 1, each: 90_000_000_000)
        #expect(slow.take("a", at: 5) == nil)
        #expect(slow.take("a", at: 6) == 90)
        #expect(slow.take("a", at: 90_000_000_005) == nil)
    }

    @Test func `memory is bounded whatever comes, and nobody beyond the bound goes unlimited`() {
        var limit = RateLimit(permits: 1, each: 3_600_000_000_000)
        for number in 0..<(3 * RateLimit.callerLimit) {
            let answer = limit.take("peer \(number)", at: Int64(number))
            // Those for whom there is no room share one permit.
            let isFirstOfTheRest = number == RateLimit.callerLimit
            #expect((answer == nil) == (number <= RateLimit.callerLimit || isFirstOfTheRest))
        }
        #expect(limit.callerCount <= RateLimit.callerLimit + 1)
        // An hour later all buckets are full again, and are forgotten for the next caller.
        #expect(limit.take("late", at: 3_600_000_100_000) == nil)
        #expect(limit.callerCount <= RateLimit.callerLimit)
    }

    @Test func `a caller of a bucket that is full is not let through twice by being forgotten`() {
        var limit = RateLimit(permits: 2, each: 1_000_000_000)
        for number in 0..<RateLimit.callerLimit { _ = limit.take("peer \(number)", at: 0) }
        #expect(limit.take("peer 0", at: 0) == nil)
        #expect(limit.take("peer 0", at: 0) == 1)
        _ = limit.take("other", at: 1)
        #expect(limit.take("peer 0", at: 1) == 1)
    }
}
