/// How often each of many callers may do something: a bucket of permits for each, which refills
/// evenly.
///
///     var limit = RateLimit(permits: 2, each: 1_000_000_000)   // 2 at once, then 1 a second
///     limit.take("a", at: 0)   // nil: taken
///     limit.take("a", at: 0)   // nil
///     limit.take("a", at: 0)   // 1: try again after a second
///
/// Kept as one time a caller, that at which its bucket is full again: the generic cell rate
/// algorithm (ITU-T I.371), which admits just what a bucket of permits admits. Times are
/// nanoseconds of a clock that never steps back.
struct RateLimit {
    /// The most callers that are told apart. What is beyond them shares one bucket.
    static let callerLimit = 10_000

    private let permits: Int64
    private let interval: Int64
    private var fullAt: [String: Int64] = [:]
    private var sweptAt = Int64.min

    /// So many permits in a bucket that regains one each so many nanoseconds.
    init(permits: Int, each interval: Int64) {
        precondition(permits >= 1 && interval >= 1, "a limit admits something")
        self.permits = Int64(permits)
        self.interval = interval
    }

    /// Buckets for this many permits a second, all of which may be taken at once.
    init(perSecond: Int) {
        self.init(permits: perSecond, each: max(1, 1_000_000_000 / Int64(perSecond)))
    }

    /// The buckets that are kept.
    var callerCount: Int { fullAt.count }

    /// Takes a permit: `nil`, or the whole seconds after which to come again, at least 1.
    mutating func take(_ caller: String, at now: Int64) -> Int? {
        let caller = bucket(of: caller, at: now)
        let full = max(fullAt[caller] ?? now, now)
        let wait = full - now - (permits - 1) * interval
        if wait > 0 { return Int((wait + 999_999_999) / 1_000_000_000) }
        fullAt[caller] = full + interval
        return nil
    }

    /// Whose bucket a caller draws from: its own while there is room, else the shared one.
    private mutating func bucket(of caller: String, at now: Int64) -> String {
        if fullAt[caller] != nil || fullAt.count < RateLimit.callerLimit { return caller }
        // A full bucket is as good as none. Swept once a second: a sweep looks at every caller.
        if sweptAt == .min || now - sweptAt >= 1_000_000_000 {
            sweptAt = now
            fullAt = fullAt.filter { $0.value > now }
        }
        return fullAt.count < RateLimit.callerLimit ? caller : "others"
    }
}
