internal import Dispatch
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastLedger
internal import HoldfastServer

/// What makes a running service look at its catalog again: SIGHUP, and each second where it is
/// told to watch.
///
/// Made before the catalog is read for the first time, so that no signal after that is lost.
struct CatalogWatch {
    private enum Event {
        case hangup
        case second
    }

    private let path: String
    private let tokens: String?
    private let certificate: CertificateFiles?
    private let log: ServiceLog
    private let events: AsyncStream<Event>
    private let sources: [any DispatchSourceProtocol]

    /// Begins to listen for SIGHUP, and to count seconds if it `watches`.
    init(
        catalog path: String, tokens: String?, certificate: CertificateFiles?, watches: Bool,
        log: ServiceLog
    ) {
        self.path = path
        self.tokens = tokens
        self.certificate = certificate
        self.log = log
        // More than a few that wait say no more than one: the catalog is read as it is then.
        let (events, continuation) = AsyncStream<Event>.makeStream(
            bufferingPolicy: .bufferingOldest(4))
        self.events = events
        let queue = DispatchQueue(label: "holdfast.catalog.watch")
        signal(SIGHUP, SIG_IGN)
        let hangup = DispatchSource.makeSignalSource(signal: SIGHUP, queue: queue)
        hangup.setEventHandler { continuation.yield(.hangup) }
        hangup.resume()
        guard watches else {
            sources = [hangup]
            return
        }
        let seconds = DispatchSource.makeTimerSource(queue: queue)
        seconds.schedule(deadline: .now() + 1, repeating: 1)
        seconds.setEventHandler { continuation.yield(.second) }
        seconds.resume()
        sources = [hangup, seconds]
    }

    /// What one look at the catalog's files saw.
    private enum Look: Equatable {
        case contents([CatalogFiles.Content])
        case unreadable(String)
    }

    private func look() -> Look {
        do {
            return .contents(try CatalogFiles.contents(of: path))
        } catch {
            return .unreadable("\(error)")
        }
    }

    /// Brings what changes into force, or says why not, until its task is cancelled. `served` is
    /// what the service began with.
    ///
    /// A change is taken when two looks a second apart agree: a folder that is being written, or
    /// whose link is being turned, is not taken half-way. What was refused is not tried again
    /// before it changes, or SIGHUP comes.
    func run(_ service: HoldfastService, served: [CatalogFiles.Content]) async {
        defer { for source in sources { source.cancel() } }
        var considered = Look.contents(served)
        var candidate: Look?
        for await event in events {
            let look = look()
            switch event {
            case .hangup:
                reloadTokens(service)
                reloadCertificate(service)
            case .second:
                if look == considered {
                    candidate = nil
                    continue
                }
                guard look == candidate else {
                    candidate = look
                    continue
                }
            }
            considered = look
            candidate = nil
            await take(look, service)
        }
    }

    private func take(_ look: Look, _ service: HoldfastService) async {
        guard let catalog = catalog(of: look, service) else { return }
        let old: String
        do throws(LedgerError) {
            old = try await service.reload(catalog)
        } catch {
            refuse("\(error)", service)
            return
        }
        log.notice(
            old == catalog.revision
                ? "the catalog declares what is in force: revision \(old)"
                : "catalog reloaded: revision \(old) before, \(catalog.revision) now")
    }

    /// The catalog that a look saw; `nil` after saying what is wrong with it.
    ///
    /// Apart from what waits for the ledger: one `do` for both crashes the compiler of Swift 6.3.1
    /// when it optimises.
    private func catalog(of look: Look, _ service: HoldfastService) -> Catalog? {
        switch look {
        case .unreadable(let why):
            refuse(why, service)
            return nil
        case .contents(let contents):
            do {
                return try CatalogFiles.catalog(contents)
            } catch {
                refuse("\(error)", service)
                return nil
            }
        }
    }

    private func refuse(_ why: String, _ service: HoldfastService) {
        // One line a reload, however many faults.
        let why = why.split(separator: "\n").joined(separator: "; ")
        log.error("catalog refused, revision \(service.revision) stays in force: \(why)")
    }

    private func reloadTokens(_ service: HoldfastService) {
        guard let tokens else { return }
        do {
            let read = try TokenFile.read(tokens)
            service.replaceTokens(read)
            log.notice("tokens reloaded: \(read.holders.count)")
        } catch {
            log.error("tokens not reloaded, those before stay good: \(error)")
        }
    }

    private func reloadCertificate(_ service: HoldfastService) {
        guard let certificate else { return }
        do {
            let read = try certificate.read()
            service.replaceCertificate(read)
            log.notice("certificate reloaded: good until \(read.expires)")
        } catch {
            log.error("certificate not reloaded, the one before is still shown: \(error)")
        }
    }
}
