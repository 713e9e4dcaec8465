/// The buckets of one arm: from the first up to, and not including, the last.
package struct ArmRange: Sendable, Hashable {
    /// The arm's place among the experiment's arms.
    package var arm: Int
    package var from: UInt64
    package var to: UInt64

    package init(arm: Int, from: UInt64, to: UInt64) {
        self.arm = arm
        self.from = from
        self.to = to
    }
}

extension [ArmRange] {
    /// Ranges of shares laid end to end, the empty ones left out.
    package init(shares: [(arm: Int, share: Share)]) {
        self.init()
        var sum = 0
        for (arm, share) in shares {
            let from = Share(millionths: sum).boundary
            sum += share.millionths
            let to = Share(millionths: sum).boundary
            if from < to { append(ArmRange(arm: arm, from: from, to: to)) }
        }
    }

    /// The ranges with the first part of each given to another arm: a share of its buckets, rounded
    /// down.
    ///
    /// So a growing share takes buckets from every arm alike, and gives none back.
    package func ceding(_ share: Share, to taker: Int) -> [ArmRange] {
        flatMap { range -> [ArmRange] in
            let width = UInt64(share.millionths).multipliedFullWidth(by: range.to - range.from)
            let cut = range.from + UInt64(1_000_000).dividingFullWidth(width).quotient
            return [
                ArmRange(arm: taker, from: range.from, to: cut),
                ArmRange(arm: range.arm, from: cut, to: range.to),
            ].filter { $0.from < $0.to }
        }
    }

    /// The arm of a bucket; `nil` in a gap.
    @inline(__always)
    package func arm(of bucket: UInt64) -> Int? {
        for range in self where bucket >= range.from && bucket < range.to { return range.arm }
        return nil
    }
}
