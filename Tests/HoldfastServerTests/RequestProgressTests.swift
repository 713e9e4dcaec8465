import NIOCore
import Testing

@testable import HoldfastServer

/// When a connection is overdue, without a connection.
@Suite struct RequestProgressTests {
    private static func at(_ seconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(0) + .seconds(seconds)
    }

    private var progress = RequestProgress(limits: ServiceLimits())

    @Test mutating func `nothing is due of a connection on which nothing has begun`() {
        #expect(progress.due == nil)
        #expect(progress.mayRead)
        #expect(progress.judge(at: Self.at(100_000)) == .wait)
    }

    @Test mutating func `bytes now and then move the time of no head`() {
        for second in Int64(0)..<30 { progress.bytesCame(at: Self.at(second)) }
        #expect(progress.due == Self.at(30))
        #expect(progress.judge(at: Self.at(29)) == .wait)
        #expect(progress.judge(at: Self.at(30)) == .refuse)
    }

    @Test mutating func `a body has its own time from the end of its head on, whatever comes`() {
        progress.bytesCame(at: Self.at(0))
        progress.headCame(at: Self.at(20))
        for second in Int64(20)..<80 { progress.bytesCame(at: Self.at(second)) }
        #expect(progress.due == Self.at(80))
        #expect(progress.judge(at: Self.at(79)) == .wait)
        #expect(progress.judge(at: Self.at(80)) == .refuse)
    }

    @Test mutating func `a whole request may be worked on for ever, and nothing more is read`() {
        progress.bytesCame(at: Self.at(0))
        progress.headCame(at: Self.at(0))
        #expect(progress.mayRead)
        progress.bodyEnded()
        #expect(!progress.mayRead)
        #expect(progress.due == nil)
        #expect(progress.judge(at: Self.at(100_000)) == .wait)
        progress.answerBegan(at: Self.at(5))
        progress.answerEnded()
        progress.answerTaken(at: Self.at(5))
        #expect(progress.mayRead)
        #expect(progress.due == nil)
    }

    @Test mutating func `an answer that nobody takes ends the connection`() {
        progress.headCame(at: Self.at(0))
        progress.bodyEnded()
        progress.answerBegan(at: Self.at(1))
        progress.answerEnded()
        #expect(progress.due == Self.at(61))
        #expect(progress.judge(at: Self.at(60)) == .wait)
        #expect(progress.judge(at: Self.at(61)) == .close)
    }

    @Test(arguments: [false, true])
    mutating func `a body that never ends after its answer is ended without another one`(
        isWhole: Bool
    ) {
        progress.headCame(at: Self.at(0))
        progress.answerBegan(at: Self.at(1))
        if isWhole {
            progress.answerEnded()
            progress.answerTaken(at: Self.at(1))
        }
        #expect(progress.judge(at: Self.at(59)) == .wait)
        #expect(progress.judge(at: Self.at(60)) == .close)
    }

    @Test mutating func `what is sent ahead has its time from the answer before it on`() {
        progress.headCame(at: Self.at(0))
        progress.bodyEnded()
        progress.bytesCame(at: Self.at(1))
        #expect(progress.judge(at: Self.at(31)) == .wait)
        #expect(progress.due == Self.at(61))
        progress.headCame(at: Self.at(61))
        #expect(progress.judge(at: Self.at(121)) == .wait)
        #expect(progress.due == Self.at(181))
    }

    @Test func `one time for a request leaves a head at most its own`() {
        var limits = ServiceLimits()
        limits.request = .seconds(600)
        #expect(limits.head == .seconds(30))
        #expect(limits.answer == .seconds(600))
        limits.request = .seconds(2)
        #expect(limits.head == .seconds(2))
        #expect(limits.body == .seconds(2))
    }
}
