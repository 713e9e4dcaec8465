/// What is left of a floor division: never negative.
package func floorRemainder(_ dividend: SQL, _ divisor: Int64) -> SQL {
    "((\(dividend) % \(divisor) + \(divisor)) % \(divisor))"
}

/// The greatest whole number that is not above the quotient.
package func floorQuotient(_ dividend: SQL, _ divisor: Int64) -> SQL {
    "CAST((\(dividend) - \(floorRemainder(dividend, divisor))) / \(divisor) AS BIGINT)"
}
