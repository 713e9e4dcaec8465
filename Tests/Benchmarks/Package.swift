// swift-tools-version: 6.1
import PackageDescription

/// A package of its own, so that what measures Holdfast never reaches its users.
let package = Package(
    name: "holdfast-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "holdfast", path: "../.."),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", path: "COpenSSL", pkgConfig: "libcrypto"),
        .executableTarget(
            name: "Dealing",
            dependencies: [
                "COpenSSL", .product(name: "Holdfast", package: "holdfast"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Dealing",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
        .executableTarget(
            name: "ConstantService",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            path: "ConstantService"),
    ],
    swiftLanguageModes: [.v6]
)
