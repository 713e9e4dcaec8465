internal import HTTPTypes
internal import HoldfastAssignment
internal import HoldfastLedger
internal import Synchronization

/// What the service did, counted since it was made.
///
/// A request takes one lock when it ends, for as long as two additions take; one that deals takes
/// another.
final class ServiceCounters: Sendable {
    private let inFlight = Atomic<Int>(0)
    private let routes = Mutex<[String: RouteFigures]>([:])
    private let dealings = Mutex(DealingTally())

    /// What was answered on one route.
    struct RouteFigures {
        /// The requests, by method and status.
        var answers: [Answer: Int] = [:]
        /// How long they took.
        var seconds = DurationHistogram()

        mutating func count(_ answer: Answer, nanoseconds: Int64) {
            answers[answer, default: 0] += 1
            seconds.observe(nanoseconds: nanoseconds)
        }
    }

    /// How a request was made and answered.
    struct Answer: Hashable {
        /// One of ``ServiceCounters/methods``, or `other`.
        var method: String
        var status: Int
    }

    /// What is counted by its own name: a client may write any word for a method.
    private static let methods = ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"]

    /// The method as it is counted.
    static func label(_ method: HTTPRequest.Method) -> String {
        methods.first { $0 == method.rawValue } ?? "other"
    }

    /// The route as it is counted: what the router found, never the path that was asked for.
    static func label(endpoint: String?) -> String {
        switch endpoint {
        // The framework's word for: there is no such route.
        case nil, "NotFound": "none"
        case "/ofrep/v1/evaluate/flags/**": "/ofrep/v1/evaluate/flags/{key}"
        case .some(let template): template
        }
    }

    /// Counts a request that begins.
    func begin() { inFlight.add(1, ordering: .relaxed) }

    /// Counts a request that was answered.
    func end(route: String, _ answer: Answer, nanoseconds: Int64) {
        inFlight.subtract(1, ordering: .relaxed)
        routes.withLock { routes in
            routes[route, default: RouteFigures()].count(answer, nanoseconds: nanoseconds)
        }
    }

    /// Counts what one request dealt.
    func add(_ tally: DealingTally) {
        dealings.withLock { $0.merge(tally) }
    }

    /// The requests that have begun and have not been answered.
    var requestsInFlight: Int { inFlight.load(ordering: .relaxed) }

    /// What was answered, by route.
    var answered: [String: RouteFigures] { routes.withLock { $0 } }

    /// What was dealt.
    var dealt: DealingTally { dealings.withLock { $0 } }
}

/// The units that were dealt, by what they were given: as many counts as the catalog has arms and
/// reasons. Merges by addition.
struct DealingTally {
    /// What a unit was given.
    struct Given: Hashable {
        var experiment: Name
        var arm: Name?
        /// The reason's word: which holdout it was is not counted.
        var reason: String
    }

    private(set) var counts: [Given: Int] = [:]
    /// The items that named an experiment which the catalog does not have.
    private(set) var unknownExperiments = 0

    /// Nothing yet.
    init() {}

    /// One unit.
    init(_ assignment: Assignment) { count(assignment) }

    /// An item that named an experiment which the catalog does not have.
    static var unknownExperiment: DealingTally {
        var tally = DealingTally()
        tally.unknownExperiments = 1
        return tally
    }

    /// Counts a unit.
    mutating func count(_ assignment: Assignment) {
        let given = Given(
            experiment: assignment.experiment, arm: assignment.arm,
            reason: assignment.reason.word)
        counts[given, default: 0] += 1
    }

    /// Counts what was read of an item.
    mutating func count(_ fact: Fact) {
        switch fact {
        case .decision(let decision): count(decision.assignment)
        case .exposure, .outcome, .refused: break
        }
    }

    /// Counts an item that could not be taken, if that is for its experiment's name.
    mutating func count(_ refusal: Refusal) {
        if refusal.code == "unknown_experiment" { unknownExperiments += 1 }
    }

    /// Adds the counts of another tally.
    mutating func merge(_ other: DealingTally) {
        unknownExperiments += other.unknownExperiments
        for (given, count) in other.counts { counts[given, default: 0] += count }
    }
}
