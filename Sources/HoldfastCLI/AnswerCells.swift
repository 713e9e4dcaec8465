internal import HoldfastAssignment
internal import HoldfastTables

/// The cells that an answer adds to a row of CSV, written out once for each answer that differs.
///
/// An experiment gives few answers that differ in more than the bucket: one for each arm, and for
/// each step that keeps a unit out. So what follows a row is put together of three pieces, of which
/// only the bucket is made anew. A class, so that no closure copies it for a row.
final class AnswerCells {
    private struct Prepared {
        /// `nil` for a row that could not be dealt.
        let step: Dealt.Step?
        let arm: Int?
        let propensity: Double
        /// `,credit-limit,treatment,assigned,true,0.95,`
        let cells: [UInt8]
    }

    private let dealer: Dealer
    /// `,r6620513fbdb8ad26` and the end of the line.
    private let ending: [UInt8]
    private var prepared: [Prepared]
    private var place = 0
    private var bucket: UInt64?

    /// The reason of a row that could not be dealt.
    static let refused = "refused"

    init(_ dealer: Dealer) {
        self.dealer = dealer
        ending = Array(",\(dealer.revision)\n".utf8)
        let cells = AnswerCells.cells(
            dealer.experiment.name, nil, AnswerCells.refused, false, nil)
        prepared = [Prepared(step: nil, arm: nil, propensity: 0, cells: cells)]
    }

    /// Takes the answer that is to be written.
    func take(_ dealt: Dealt) {
        bucket = dealt.bucket
        for index in prepared.indices
        where prepared[index].arm == dealt.arm && prepared[index].propensity == dealt.propensity
            && prepared[index].step == dealt.step
        {
            place = index
            return
        }
        let answer = dealer.assignment(of: dealt)
        place = prepared.count
        prepared.append(
            Prepared(
                step: dealt.step, arm: dealt.arm, propensity: dealt.propensity,
                cells: AnswerCells.cells(
                    answer.experiment, answer.arm, answer.reason.word, answer.act,
                    answer.propensity)))
    }

    /// A row that cannot be dealt keeps its place: no arm, and nobody acts on it.
    func takeRefusal() {
        place = 0
        bucket = nil
    }

    /// The most bytes that ``write(to:)`` needs.
    var byteCount: Int {
        prepared[place].cells.count + DecimalDigits.limit + ending.count
    }

    /// Writes the answer's cells and the end of the line; gives the number of bytes.
    func write(to room: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        func add(_ bytes: [UInt8]) {
            bytes.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: $0)
            }
            count += bytes.count
        }
        add(prepared[place].cells)
        if let bucket {
            count += DecimalDigits.write(
                bucket, to: UnsafeMutableRawBufferPointer(rebasing: room[count...]))
        }
        add(ending)
        return count
    }

    private static func cells(
        _ experiment: Name, _ arm: Name?, _ reason: String, _ act: Bool, _ propensity: Double?
    ) -> [UInt8] {
        var row = CSVWriter()
        row.append(experiment.text)
        row.append(arm?.text)
        row.append(reason)
        row.append(act ? "true" : "false")
        row.append(propensity?.description)
        let comma = UInt8(ascii: ",")
        return [comma] + row.takeRow().dropLast() + [comma]
    }
}
