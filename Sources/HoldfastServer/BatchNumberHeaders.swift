internal import HTTPTypes
internal import HoldfastAssignment
internal import HoldfastLedger
internal import Hummingbird

extension HTTPField.Name {
    /// Who counts the batches of facts.
    static let batchSource = HTTPField.Name(literal: "holdfast-source")
    /// The batch's number of that source.
    static let batchSequence = HTTPField.Name(literal: "holdfast-sequence")

    /// A name that is written in this file, and so is one.
    private init(literal name: String) {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is a name") }
        self = name
    }
}

extension BatchNumber {
    /// The number that a request gives its batch; `nil` where it gives none.
    ///
    ///     Holdfast-Source: till-7
    ///     Holdfast-Sequence: 42
    ///
    /// Throws what the request is answered by where there is one header without the other, or
    /// either is wrong: a batch must not pass as counted when it is not.
    init?(_ request: Request) throws {
        let source = request.headers[.batchSource]
        let sequence = request.headers[.batchSequence]
        guard source != nil || sequence != nil else { return nil }
        guard let source, let sequence else {
            throw Problem.badNumber(
                "one of Holdfast-Source and Holdfast-Sequence is there without the other")
        }
        guard let name = Name(source) else {
            throw Problem.badNumber("Holdfast-Source is no name")
        }
        guard sequence.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let integer = Int64(sequence), let number = BatchNumber(source: name, sequence: integer)
        else {
            throw Problem.badNumber(
                "Holdfast-Sequence is not a whole number from 1 to \(BatchNumber.limit)")
        }
        self = number
    }
}

extension Problem {
    fileprivate static func badNumber(_ detail: String) -> Problem {
        Problem(
            .badRequest, code: "bad_sequence", detail: detail,
            hint: "give both, as Holdfast-Source: till-7 and Holdfast-Sequence: 42, or neither; "
                + "nothing of this batch was recorded")
    }
}
