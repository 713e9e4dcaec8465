internal import HoldfastSQL

/// SQLite's columns hold whatever is put into them, and what its shell imports from CSV is text
/// unless the table was made before: compared as it is, every text is above every number. Other
/// engines have types of columns, and refuse such a comparison themselves.
extension SQLDialect {
    /// A column as a number: what is none, as `holdfast assign` reads a cell, is NULL.
    ///
    /// So is NaN, which other engines call greater than all numbers and equal to itself.
    func number(_ column: SQL) -> SQL {
        guard self == .sqlite else {
            return "CASE WHEN \(column) <> \(Double.nan) THEN \(column) END"
        }
        // By JSON's grammar: SQLite's own has blanks, a plus and bare points as well. A number cast
        // to REAL is compared by value with a text that is one, and is below any other text.
        return """
            CASE typeof(\(column)) WHEN 'text' THEN CASE WHEN \(column) GLOB '[-0-9]*' \
            AND \(column) NOT GLOB '*[^-+.0-9eE]*' AND \(column) NOT GLOB '*[.]' \
            AND \(column) NOT GLOB '*[.][eE]*' AND \(column) NOT GLOB '-[.]*' \
            AND ltrim(\(column), '-') NOT GLOB '0[0-9]*' \
            AND \(column) > CAST(-9e999 AS REAL) AND \(column) < CAST(9e999 AS REAL) \
            THEN CAST(\(column) AS REAL) END WHEN 'blob' THEN NULL ELSE \(column) END
            """
    }

    /// A column as whole microseconds: what is no whole number is NULL.
    func moment(_ column: SQL) -> SQL {
        guard self == .sqlite else { return column }
        return """
            CASE typeof(\(column)) WHEN 'integer' THEN \(column) WHEN 'text' THEN \
            CASE WHEN \(column) GLOB '[-0-9]*' AND \(column) GLOB '*[0-9]' \
            AND substr(\(column), 2) NOT GLOB '*[^0-9]*' \
            THEN CAST(\(column) AS INTEGER) END END
            """
    }

    /// A column as true or false: a text that is neither is NULL.
    func boolean(_ column: SQL) -> SQL {
        guard self == .sqlite else { return column }
        return """
            CASE typeof(\(column)) WHEN 'text' THEN \
            CASE lower(\(column)) WHEN 'true' THEN 1 WHEN '1' THEN 1 WHEN 'false' THEN 0 \
            WHEN '0' THEN 0 END ELSE \(column) END
            """
    }

    /// A column as a text: an empty one is an empty cell, which is missing.
    func text(_ column: SQL) -> SQL {
        guard self == .sqlite else { return column }
        return "nullif(\(column), '')"
    }
}
