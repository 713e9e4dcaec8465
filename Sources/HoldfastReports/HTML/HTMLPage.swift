/// One page in one file: no script, nothing that is loaded from elsewhere, the same bytes for the
/// same content.
///
/// It follows the reader's choice of light or dark, fits a telephone of 360 pixels, and prints
/// black on white with every folded table open.
struct HTMLPage: Sendable {
    /// What the browser's tab says.
    var title: String
    /// The language of its text, as BCP 47 writes it.
    var language = "en"
    /// What stands above the sections: the heading of the page and what must not be missed.
    var opening: HTML
    /// The sections, which are also listed as links.
    var sections: [Section]
    /// What stands below.
    var closing: HTML

    /// A part of a page under a heading.
    struct Section: Sendable {
        /// Its name in links, without spaces.
        var id: String
        /// What the link to it says.
        var link: String
        /// Its heading.
        var title: String
        /// What is under it.
        var content: HTML

        init(
            _ id: String, link: String, _ title: String, @HTMLBuilder _ content: () -> HTML
        ) {
            self.id = id
            self.link = link
            self.title = title
            self.content = content()
        }
    }

    /// The page.
    var markup: String {
        let page = HTML("html", ["lang": language]) {
            head
            HTML("body") {
                HTML("header") { opening }
                HTML("nav", ["aria-label": "On this page"]) { links }
                HTML("main") { for section in sections { html(section) } }
                HTML("footer") { closing }
            }
        }
        return "<!DOCTYPE html>" + page.markup + "\n"
    }

    private var head: HTML {
        HTML("head") {
            HTML("meta", ["charset": "utf-8"])
            HTML("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
            HTML("meta", ["name": "referrer", "content": "no-referrer"])
            // A second lock: even if markup got in, no browser would run or load it.
            HTML(
                "meta",
                [
                    "http-equiv": "Content-Security-Policy",
                    "content": "default-src 'none'; style-src 'unsafe-inline'",
                ])
            HTML("title") { title }
            HTML("style") { StyleSheet.text }
        }
    }

    private var links: HTML {
        HTML("ul") {
            for section in sections {
                HTML("li") { HTML("a", ["href": "#" + section.id]) { section.link } }
            }
        }
    }

    private func html(_ section: Section) -> HTML {
        HTML("section", ["id": section.id, "aria-labelledby": section.id + "-heading"]) {
            HTML("h2", ["id": section.id + "-heading"]) { section.title }
            section.content
        }
    }
}
