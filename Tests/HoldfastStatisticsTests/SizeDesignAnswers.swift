@testable import HoldfastStatistics

/// A design's answers, one at a time: for many of one design the product makes one ``SizePower``.
extension SizeDesign {
    func power(effect: Double, units: Double) -> Double {
        SizePower(self).power(effect: effect, units: units)
    }

    func units(effect: Double, power: Double) -> Double? {
        SizePower(self).units(effect: effect, power: power)
    }

    func detectableEffect(units: Double, power: Double, isFall: Bool = false) -> Double? {
        SizePower(self).detectableEffect(units: units, power: power, isFall: isFall)
    }
}
