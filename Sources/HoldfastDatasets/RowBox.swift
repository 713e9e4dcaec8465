/// What a decision is counted by, in one whole number, so that one count over all of them says
/// everything: which reasons hold, its arm, its band of the score, and three marks.
///
///     RowBox(5 + 16_384).exclusions   // [.notRandomised, .notControl]; the model meant to act
struct RowBox: Hashable {
    let number: Int64

    /// One more than all reasons together.
    static let reasons: Int64 = 1 << 13
    /// Its horizon has not passed.
    static let early: Int64 = 1 << 13
    /// The model meant to act, or nobody said.
    static let acting: Int64 = 1 << 14
    /// Its cluster is not known.
    static let homeless: Int64 = 1 << 15
    /// By which the arm's number is multiplied.
    static let armStep: Int64 = 1 << 16
    /// The numbers of arms: none at all, a holdout, and from 2 on the declared ones.
    static let holdout: Int64 = 1
    static let firstArm: Int64 = 2
    /// By which the band's number is multiplied; 0 is that of rows without a score.
    static let bandStep: Int64 = 1 << 24

    init(_ number: Int64) { self.number = number }

    /// The bits of the reasons that hold.
    var bits: Int64 { number % RowBox.reasons }
    /// The reasons that hold.
    var exclusions: [Exclusion] { Exclusion.all(in: bits) }
    var isEarly: Bool { number & RowBox.early != 0 }
    var isActing: Bool { number & RowBox.acting != 0 }
    var isHomeless: Bool { number & RowBox.homeless != 0 }
    /// The declared arm's place, or `nil`.
    var arm: Int? {
        let number = (number >> 16) & 0xFF
        return number < RowBox.firstArm ? nil : Int(number - RowBox.firstArm)
    }
    var isHeldOut: Bool { (number >> 16) & 0xFF == RowBox.holdout }
    /// The band's place, or `nil` without a score.
    var band: Int? {
        let number = number >> 24
        return number == 0 ? nil : Int(number - 1)
    }

    func holds(_ exclusion: Exclusion) -> Bool { bits & exclusion.bit != 0 }

    /// Whether the decision is one that chance made and that its revision deals.
    var isDealt: Bool { !holds(.notRandomised) && !holds(.notRecomputed) }
}
