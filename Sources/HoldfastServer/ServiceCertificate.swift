public import HoldfastFormats
internal import NIOSSL

/// A certificate and its key, sound when made: what a service shows its clients for TLS.
///
///     let certificate = try ServiceCertificate(
///         chain: .init(name: "tls.crt", bytes: chain), key: .init(name: "tls.key", bytes: key),
///         at: now)
///     certificate.expires          // 2027-01-01T00:00:00Z
///
/// TLS 1.2 and 1.3, with HTTP/1.1 over it. What it does not find out: whether clients trust whoever
/// signed it, and whether it names the host that they ask for.
public struct ServiceCertificate: Sendable {
    /// A PEM file's content, with the name that errors call it by.
    public struct File: Sendable {
        /// What the file is called.
        public var name: String
        /// Its content.
        public var bytes: [UInt8]

        /// A file's content.
        public init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// When the first certificate of the chain ends.
    public let expires: Timestamp
    let context: NIOSSLContext

    /// The most bytes of a file: some hundred certificates.
    public static let byteLimit = 1 << 20

    /// A chain of certificates, the service's own first, and the key of that one.
    ///
    /// Throws, naming the file, where either is not PEM, the key is encrypted or another's, or the
    /// chain's first certificate is not valid at the time given.
    public init(chain: File, key: File, at now: Timestamp) throws(ServiceCertificateError) {
        let certificates = try ServiceCertificate.certificates(chain)
        let privateKey = try ServiceCertificate.privateKey(key)
        let (begins, ends) = (certificates[0].notValidBefore, certificates[0].notValidAfter)
        let seconds = now.microseconds / 1_000_000
        expires = Timestamp(microseconds: Int64(ends) * 1_000_000)
        guard seconds <= ends else {
            throw ServiceCertificateError(
                "\(chain.name): its first certificate ended at \(expires)",
                "renew it, and give the new one")
        }
        guard seconds >= begins else {
            let begin = Timestamp(microseconds: Int64(begins) * 1_000_000)
            throw ServiceCertificateError(
                "\(chain.name): its first certificate begins at \(begin) only",
                "check this machine's clock, or wait")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw ServiceCertificateError(
                "the key in \(key.name) does not belong to the first certificate in \(chain.name)",
                "give the key that the certificate was made for, and a chain that begins with the "
                    + "service's own certificate")
        }
    }

    private static func certificates(
        _ file: File
    ) throws(ServiceCertificateError) -> [NIOSSLCertificate] {
        try checkLength(file)
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(file.bytes)
            if !certificates.isEmpty { return certificates }
        } catch {
            // Said below: BoringSSL's own words name neither file nor remedy.
        }
        throw ServiceCertificateError(
            "\(file.name) is no certificate in PEM",
            holds(file, "PRIVATE KEY")
                ? "it holds a private key: are the two files exchanged?"
                : "give a chain of -----BEGIN CERTIFICATE----- blocks, the service's own first")
    }

    private static func privateKey(
        _ file: File
    ) throws(ServiceCertificateError) -> NIOSSLPrivateKey {
        try checkLength(file)
        // Found here and not by the library, which would ask for the passphrase on the terminal.
        if holds(file, "ENCRYPTED") {
            throw ServiceCertificateError(
                "the key in \(file.name) is encrypted",
                "write it without a passphrase, readable by the service alone: "
                    + "`openssl pkey -in FILE -out NEW`")
        }
        do {
            return try NIOSSLPrivateKey(bytes: file.bytes, format: .pem)
        } catch {
            throw ServiceCertificateError(
                "\(file.name) is no private key in PEM",
                holds(file, "BEGIN CERTIFICATE")
                    ? "it holds a certificate: are the two files exchanged?"
                    : "give one -----BEGIN PRIVATE KEY----- block")
        }
    }

    private static func checkLength(_ file: File) throws(ServiceCertificateError) {
        guard file.bytes.count <= byteLimit else {
            throw ServiceCertificateError(
                "\(file.name) has \(file.bytes.count) bytes",
                "it may have \(byteLimit): give PEM blocks alone")
        }
    }

    private static func holds(_ file: File, _ words: String) -> Bool {
        String(decoding: file.bytes, as: UTF8.self).contains(words)
    }
}

/// Why a certificate or its key cannot be used.
public struct ServiceCertificateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, and in which file.
    public var message: String
    /// What the reader can do.
    public var hint: String

    init(_ message: String, _ hint: String) {
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(message); \(hint)" }
}
