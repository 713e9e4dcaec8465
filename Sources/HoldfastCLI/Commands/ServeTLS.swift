internal import ArgumentParser
internal import Foundation
internal import HoldfastFormats
internal import HoldfastServer

/// The files of a service's certificate: both, or neither for plain HTTP.
struct TLSOptions: ParsableArguments {
    @Option(
        name: .customLong("tls-certificate"),
        help: ArgumentHelp(
            "Serve HTTPS by this PEM chain, the service's own certificate first; needs --tls-key.",
            valueName: "file"))
    var certificate: String?
    @Option(
        name: .customLong("tls-key"),
        help: ArgumentHelp(
            "The PEM private key of that certificate, without a passphrase.", valueName: "file"))
    var key: String?

    func validate() throws {
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError(
                "--tls-certificate and --tls-key belong together: give both, or neither for HTTP")
        }
    }

    var files: CertificateFiles? {
        guard let certificate, let key else { return nil }
        return CertificateFiles(certificate: certificate, key: key)
    }
}

/// A certificate's file and its key's.
struct CertificateFiles {
    let certificate: String
    let key: String

    func read() throws -> ServiceCertificate {
        let chain = try CertificateFiles.file(certificate)
        let key = try CertificateFiles.file(key)
        do {
            return try ServiceCertificate(chain: chain, key: key, at: .now)
        } catch {
            throw CommandError(error.message, error.hint)
        }
    }

    private static func file(_ path: String) throws -> ServiceCertificate.File {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandError("there is no file at \(path)", "give the path of a PEM file")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError("\(path) cannot be read", "check that it is a file you may read")
        }
        return ServiceCertificate.File(name: path, bytes: Array(data))
    }
}
