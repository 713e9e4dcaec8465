internal import Glibc

/// Runs each lane on a thread of its own, while the calling thread makes the pieces.
///
/// Not tasks: the caller is no task that could wait for them, and a lane that computes for seconds
/// would keep a thread from the pool that all tasks share.
enum LaneThreads {
    /// Returns when `make` and every lane have ended. `finish` is called behind `make`, so that the
    /// lanes end too.
    static func run(
        _ bodies: [@Sendable () -> Void], make: () -> Void, finish: () -> Void
    ) throws(LaneThreadError) {
        var threads: [pthread_t] = []
        var failure: Int32 = 0
        for body in bodies {
            var thread = pthread_t()
            let box = Unmanaged.passRetained(ThreadBody(body))
            failure = pthread_create(
                &thread, nil,
                { pointer in
                    if let pointer {
                        Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue().body()
                    }
                    return nil
                }, box.toOpaque())
            guard failure == 0 else {
                box.release()
                break
            }
            threads.append(thread)
        }
        if failure == 0 { make() }
        finish()
        for thread in threads { pthread_join(thread, nil) }
        if failure != 0 { throw LaneThreadError(number: failure) }
    }
}

/// The system gave no thread.
struct LaneThreadError: Error {
    let number: Int32
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}
