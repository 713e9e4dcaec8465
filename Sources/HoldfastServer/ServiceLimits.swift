internal import NIOCore

/// What one client, and all of them together, may take up.
///
/// Internal, so that tests can use short times; an operator sets the connections and the request's
/// time in ``ServiceOptions``.
struct ServiceLimits: Sendable {
    /// From the first byte of a request to the end of its header. A head comes in one packet or a
    /// few; half a minute is long for the worst of lines.
    var head: TimeAmount = .seconds(30)
    /// From the end of the header to the end of the body: 140 kB a second for the largest one.
    var body: TimeAmount = .seconds(60)
    /// From the first byte of an answer until the client has taken all of it.
    var answer: TimeAmount = .seconds(60)
    /// Between requests, and while nothing comes of one that has begun.
    var idle: TimeAmount = .seconds(60)
    /// The bytes of all bodies that are held at once, over all connections.
    var bodyBytes = BodyBudget.byteLimit
    /// The most connections at once; what is beyond waits in the system's queue.
    var connections = 20_000

    /// One time for a request and for its answer; a header has at most its own.
    var request: TimeAmount {
        get { body }
        set {
            body = newValue
            answer = newValue
            head = min(newValue, .seconds(30))
        }
    }
}
