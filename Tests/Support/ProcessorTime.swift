import Glibc

/// What a piece of work takes of this thread's processor: however busy the machine is, what it does
/// besides is not counted.
///
///     let spent = processorTime { sort(rows) }
///     #expect(spent < .seconds(10))    // minutes, were it quadratic
public func processorTime(_ body: () throws -> Void) rethrows -> Duration {
    let began = nanoseconds()
    try body()
    return .nanoseconds(nanoseconds() - began)
}

private func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
