internal import NIOCore

/// How far a connection is with its requests, and by when it must be further.
///
///     var progress = RequestProgress(limits: ServiceLimits())
///     progress.bytesCame(at: now)        // a head has begun: due in 30 s
///     progress.headCame(at: now)         // its body: due in 60 s
///     progress.due                       // when to look again
///     progress.judge(at: now)            // .wait, .refuse or .close
///
/// Pure: what it is told comes from ``RequestGuard``, and so does the time. A byte now and then
/// moves no time: each is counted from the beginning of what it limits.
struct RequestProgress {
    /// What of a request is being read.
    private enum Reading {
        case nothing
        case head(due: NIODeadline)
        case body(due: NIODeadline)
    }

    /// What to do about a connection.
    enum Judgement: Equatable {
        /// Nothing is overdue.
        case wait
        /// A request is, and it can still be told so.
        case refuse
        /// No answer can be given any more.
        case close
    }

    private let limits: ServiceLimits
    private var reading = Reading.nothing
    /// Requests whose head has come and whose answer has not ended.
    private var unanswered = 0
    /// Whether the answer to the oldest of them has begun.
    private var isAnswering = false
    /// Answers that have begun and that the client has not taken to their end.
    private var untaken = 0
    private var answerDue: NIODeadline?

    init(limits: ServiceLimits) {
        self.limits = limits
    }

    /// Whether more should be read: not while a whole request waits for its answer. So a client
    /// that sends ahead fills its own buffers and not ours.
    var mayRead: Bool {
        switch reading {
        case .nothing: unanswered == 0
        case .head, .body: true
        }
    }

    /// The earliest time at which something may be overdue.
    var due: NIODeadline? {
        let readingDue: NIODeadline? =
            switch reading {
            case .nothing: nil
            case .head(let due), .body(let due): due
            }
        guard let readingDue, let answerDue else { return readingDue ?? answerDue }
        return min(readingDue, answerDue)
    }

    mutating func bytesCame(at now: NIODeadline) {
        if case .nothing = reading { reading = .head(due: now + limits.head) }
    }

    mutating func headCame(at now: NIODeadline) {
        reading = .body(due: now + limits.body)
        unanswered += 1
    }

    mutating func bodyEnded() {
        reading = .nothing
    }

    mutating func answerBegan(at now: NIODeadline) {
        isAnswering = true
        untaken += 1
        if answerDue == nil { answerDue = now + limits.answer }
    }

    mutating func answerEnded() {
        isAnswering = false
        unanswered -= 1
    }

    /// The system has the last byte of an answer.
    mutating func answerTaken(at now: NIODeadline) {
        untaken -= 1
        answerDue = untaken > 0 ? now + limits.answer : nil
    }

    /// What is to be done now. Time in which a client waits for an earlier answer is not counted
    /// against what it sends after that.
    mutating func judge(at now: NIODeadline) -> Judgement {
        if let answerDue, answerDue <= now { return .close }
        switch reading {
        case .nothing: return .wait
        case .head(let due):
            guard due <= now else { return .wait }
            guard unanswered == 0 else {
                reading = .head(due: now + limits.head)
                return .wait
            }
            return .refuse
        case .body(let due):
            guard due <= now else { return .wait }
            guard unanswered <= 1 else {
                reading = .body(due: now + limits.body)
                return .wait
            }
            return unanswered == 1 && !isAnswering ? .refuse : .close
        }
    }
}
