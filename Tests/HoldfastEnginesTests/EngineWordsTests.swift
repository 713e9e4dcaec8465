import HoldfastEngines
import HoldfastSQL
import Testing

/// What was said by DuckDB 1.5.6 and Spark 4.3.0, and what of it is shown.
@Suite struct EngineWordsTests {
    @Test func `DuckDB's words are shown without the statement and without values`() {
        let catalog = """
            Catalog Error: Table with name t does not exist!
            Did you mean "pg_tables"?

            LINE 1: SELECT nope FROM t;
                                     ^

            """
        #expect(
            EngineWords.duckdb(catalog)
                == "Catalog Error: Table with name t does not exist! Did you mean \"pg_tables\"?")
        let conversion = """
            Conversion Error: Could not convert string 'ab'c' to INT64

            LINE 1: SELECT CAST('ab''c' AS BIGINT);
                           ^
            """
        #expect(
            EngineWords.duckdb(conversion)
                == "Conversion Error: Could not convert string '…' to INT64")
        let range = "Out of Range Error: Overflow in addition of INT64 (9223372036854775807 + 1)!"
        #expect(
            EngineWords.duckdb(range)
                == "Out of Range Error: Overflow in addition of INT64 (… + …)!")
        let constraint = "Constraint Error: NOT NULL constraint failed: hf_1.a"
        #expect(EngineWords.duckdb(constraint) == constraint)
        #expect(EngineWords.kind(constraint) == .constraint)
        #expect(EngineWords.kind("IO Error: No space left on device") == .full)
        #expect(EngineWords.kind("IO Error: Cannot open file") == .io)
        #expect(EngineWords.duckdb("") == "")
        #expect(EngineWords.duckdb(String(repeating: "x", count: 5_000)).count < 700)
    }

    @Test func `Spark's words are shown without plan, stack and values`() {
        let missing = """
            26/11/26 15:25:22 ERROR Executor: Exception in task 1.0 in stage 12.0 (TID 25)
            [TABLE_OR_VIEW_NOT_FOUND] The table or view `nope` cannot be found. Verify the spelling.
            Search path: [`system`.`builtin`]. SQLSTATE: 42P01; line 1 pos 14;
            'Project [*]
            +- 'UnresolvedRelation [nope], [], false

            Time taken: 0.21 seconds
            """
        #expect(
            EngineWords.spark(missing)
                == "[TABLE_OR_VIEW_NOT_FOUND] The table or view `nope` cannot be found. "
                + "Verify the spelling. Search path: [`system`.`builtin`]. SQLSTATE: 42P01")
        let cast = """
            org.apache.spark.SparkNumberFormatException: [CAST_INVALID_INPUT] The value 'ab0' of
            \tat java.base/java.lang.Thread.run(Thread.java:840)
            26/11/26 15:25:22 ERROR TaskSetManager: Task 1 in stage 12.0 failed 1 times
            [CAST_INVALID_INPUT] The value 'ab 1' of the type "STRING" cannot be cast to "BIGINT" because it is malformed. SQLSTATE: 22018
            == SQL (line 1, position 8) ==
            SELECT CAST(concat('ab', id) AS BIGINT) FROM range(3)
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            """
        let words = EngineWords.spark(cast)
        #expect(words.hasPrefix("[CAST_INVALID_INPUT] The value '…' of the type"))
        #expect(words.hasSuffix("SQLSTATE: 22018"))
        #expect(
            EngineWords.spark(
                """
                WARNING: Using incubator modules: jdk.incubator.vector
                JAVA_HOME is not set
                \tat org.apache.spark.Main
                Time taken: 0.2 seconds
                """) == "JAVA_HOME is not set")
    }
}
