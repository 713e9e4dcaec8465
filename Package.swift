// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A target of Holdfast itself: every one is built with the same strictness.
func holdfast(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// What tests are built with: the compiler crashes while it optimises one of them (Swift 6.3,
/// splitting a coroutine). What they test is optimised in a release build.
let unoptimised: [SwiftSetting] =
    strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))]

/// The tests in `Tests/<name>`. `Golden` holds their figures with the scripts that made them.
func tests(
    _ name: String, _ dependencies: [Target.Dependency], golden: Bool = false,
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"],
        exclude: exclude + (golden ? ["Golden"] : []), swiftSettings: unoptimised)
}

let package = Package(
    name: "holdfast",
    products: [
        .executable(name: "holdfast", targets: ["HoldfastCLI"]),
        .library(name: "Holdfast", targets: ["Holdfast"]),
        .library(name: "holdfast-c", type: .dynamic, targets: ["HoldfastC"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CMalloc"),
        holdfast("HoldfastFormats"),
        holdfast("HoldfastSQL", ["CSQLite"]),
        holdfast(
            "HoldfastAssignment",
            ["HoldfastFormats", "CCrypto", .product(name: "Yams", package: "Yams")]),
        holdfast("HoldfastStatistics"),
        holdfast("HoldfastTables", ["HoldfastFormats", "HoldfastSQL"]),
        holdfast("HoldfastEngines", ["HoldfastFormats", "HoldfastSQL", "HoldfastTables"]),
        holdfast("HoldfastLedger", ["HoldfastFormats", "HoldfastAssignment", "HoldfastSQL"]),
        holdfast(
            "HoldfastLake",
            [
                "HoldfastFormats", "HoldfastAssignment", "HoldfastSQL", "HoldfastTables",
                "HoldfastLedger",
            ]),
        holdfast(
            "HoldfastChecks",
            ["HoldfastFormats", "HoldfastSQL", "HoldfastTables", "HoldfastStatistics"]),
        holdfast(
            "HoldfastDatasets",
            [
                "HoldfastFormats", "HoldfastAssignment", "HoldfastSQL", "HoldfastStatistics",
                "HoldfastTables", "HoldfastLedger", "HoldfastChecks",
            ]),
        holdfast(
            "HoldfastReports",
            ["HoldfastFormats", "HoldfastChecks", "HoldfastDatasets", "HoldfastStatistics"]),
        holdfast(
            "HoldfastServer",
            [
                "HoldfastFormats", "HoldfastAssignment", "HoldfastLedger", "HoldfastDatasets",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("openapi.yaml")]),
        holdfast(
            "Holdfast",
            [
                "HoldfastFormats", "HoldfastAssignment", "HoldfastStatistics", "HoldfastLedger",
                "HoldfastDatasets", "HoldfastChecks", "HoldfastReports",
            ]),
        .executableTarget(
            name: "HoldfastCLI",
            dependencies: [
                "CMalloc", "HoldfastFormats", "HoldfastSQL", "HoldfastAssignment",
                "HoldfastStatistics",
                "HoldfastTables", "HoldfastEngines", "HoldfastLedger", "HoldfastLake",
                "HoldfastDatasets",
                "HoldfastChecks", "HoldfastReports", "HoldfastServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            resources: [.copy("Demo/Data")],
            swiftSettings: strict),
        .systemLibrary(name: "CHoldfast", path: "Sources/HoldfastC/include"),
        .target(
            name: "HoldfastC",
            dependencies: ["CHoldfast", "HoldfastAssignment", "HoldfastFormats"],
            exclude: ["include"], swiftSettings: strict),
        .executableTarget(
            name: "CopyRows", dependencies: ["HoldfastTables"],
            path: "Tests/Benchmarks/CopyRows", swiftSettings: strict),
        .executableTarget(
            name: "FillLedger",
            dependencies: ["HoldfastLedger", "HoldfastAssignment", "HoldfastFormats"],
            path: "Tests/Benchmarks/FillLedger", swiftSettings: strict),
        .executableTarget(
            name: "ExposureService",
            dependencies: [
                "HoldfastLedger", "HoldfastAssignment", "HoldfastFormats",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Benchmarks/ExposureService", swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["HoldfastFormats"], path: "Tests/Support",
            swiftSettings: strict),
        tests("HoldfastFormatsTests", ["HoldfastFormats"], golden: true),
        tests("HoldfastAssignmentTests", ["HoldfastAssignment", "HoldfastFormats"]),
        tests("ConformanceTests", ["HoldfastAssignment", "HoldfastFormats"]),
        tests("HoldfastSQLTests", ["HoldfastSQL"]),
        tests(
            "HoldfastLedgerTests",
            ["HoldfastLedger", "HoldfastAssignment", "HoldfastFormats", "HoldfastSQL"],
            golden: true),
        tests(
            "HoldfastDatasetsTests",
            [
                "HoldfastDatasets", "HoldfastLedger", "HoldfastAssignment", "HoldfastFormats",
                "HoldfastChecks", "HoldfastReports", "HoldfastSQL", "HoldfastStatistics",
                "HoldfastTables", "HoldfastEngines", "HoldfastLake",
            ], golden: true),
        tests("HoldfastTablesTests", ["HoldfastTables", "HoldfastSQL"]),
        tests(
            "HoldfastEnginesTests",
            ["HoldfastEngines", "HoldfastAssignment", "HoldfastFormats", "HoldfastSQL"]),
        tests(
            "HoldfastLakeTests",
            [
                "HoldfastLake", "HoldfastLedger", "HoldfastAssignment", "HoldfastFormats",
                "HoldfastSQL", "HoldfastTables",
            ], golden: true),
        tests(
            "HoldfastStatisticsTests",
            ["HoldfastStatistics", "HoldfastFormats", "HoldfastTables"], golden: true),
        tests(
            "HoldfastChecksTests",
            [
                "HoldfastChecks", "HoldfastEngines", "HoldfastFormats", "HoldfastSQL",
                "HoldfastTables", "HoldfastStatistics",
            ],
            golden: true),
        tests(
            "HoldfastReportsTests",
            [
                "HoldfastReports", "HoldfastFormats", "HoldfastChecks", "HoldfastDatasets",
                "HoldfastStatistics",
            ], golden: true),
        tests(
            "HoldfastServerTests",
            [
                "HoldfastServer", "HoldfastAssignment", "HoldfastDatasets", "HoldfastFormats",
                "HoldfastLedger",
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        tests("HoldfastCLITests", ["HoldfastCLI", "HoldfastFormats"]),
        tests("FaultTests", ["HoldfastCLI", "HoldfastFormats", "HoldfastSQL"], exclude: ["Shim"]),
        tests("TidyTests", ["HoldfastCLI"]),
    ],
    swiftLanguageModes: [.v6]
)

/// Leaves only these targets, for a tool that must compile whatever it looks into.
@MainActor
func keepOnly(_ names: Set<String>, with settings: [SwiftSetting] = []) {
    package.products = []
    package.targets = package.targets.filter { names.contains($0.name) }
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + settings
    }
}

// `Tests/Fuzz/run.py` builds so; see Tests/Fuzz/README.md. Nobody else meets these flags.
if Context.environment["HOLDFAST_FUZZ"] != nil {
    let watched: [SwiftSetting] = [
        .unsafeFlags(["-sanitize=fuzzer", "-parse-as-library", "-enable-testing"])
    ]
    keepOnly(
        [
            "CCrypto", "CSQLite", "HoldfastFormats", "HoldfastAssignment", "HoldfastTables",
            "HoldfastSQL", "HoldfastLedger",
        ], with: watched)
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        // The readers of the service's requests, without the service.
        .target(
            name: "HoldfastServer",
            dependencies: ["HoldfastFormats", "HoldfastAssignment", "HoldfastLedger"],
            path: "Tests/Fuzz/Service", swiftSettings: strict + watched),
        .executableTarget(
            name: "HoldfastFuzz",
            dependencies: [
                "CFuzzer", "HoldfastFormats", "HoldfastAssignment", "HoldfastTables",
                "HoldfastLedger", "HoldfastServer",
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
    ]
}

// `.ci/run` builds so for the thread sanitizer: the ledger and its tests, and nothing above it.
if Context.environment["HOLDFAST_SANITIZE"] != nil {
    keepOnly([
        "CCrypto", "CSQLite", "HoldfastFormats", "HoldfastAssignment", "HoldfastSQL",
        "HoldfastLedger", "TestSupport", "HoldfastLedgerTests",
    ])
    package.targets.append(.target(name: "SeenLock", path: "Tests/Sanitizer"))
    for target in package.targets where target.name == "TestSupport" {
        target.dependencies.append("SeenLock")
    }
}
