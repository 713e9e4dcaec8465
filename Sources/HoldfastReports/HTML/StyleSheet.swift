/// The one style sheet of all pages.
///
/// Colours are variables, so that light, dark and print differ in values only. The series' colours
/// keep apart for people who see red and green alike, and no picture tells by colour alone: series
/// also differ in shape, dashes or filling. It holds none of the characters `<`, `>`, `&` and
/// quotation marks, which HTML and XML would read differently in it.
enum StyleSheet {
    /// Colours on light ground: ground, panel, rule, text, soft text, then what gates are marked
    /// with, then the series.
    static let light: KeyValuePairs<String, String> = [
        "ground": "#ffffff", "panel": "#f4f6f8", "rule": "#c9d1d9", "ink": "#1a1f26",
        "soft": "#545d68", "link": "#0b5cad", "good": "#16693f", "bad": "#b3261e",
        "waived": "#8a4b00", "s0": "#0b5cad", "s1": "#b8480a", "s2": "#00735c", "s3": "#8a3b82",
        "s4": "#5b5f00", "s5": "#4a5560", "s6": "#70380f",
    ]

    /// The same on dark ground.
    static let dark: KeyValuePairs<String, String> = [
        "ground": "#14181d", "panel": "#1d232a", "rule": "#3d4650", "ink": "#e8ecf0",
        "soft": "#a9b4c0", "link": "#7cbcff", "good": "#5fd39b", "bad": "#ff8a80",
        "waived": "#f2b35a", "s0": "#6db3f8", "s1": "#f59a5b", "s2": "#45cfae", "s3": "#e09ad8",
        "s4": "#cfcf5a", "s5": "#b4c0cc", "s6": "#d9ae85",
    ]

    /// The style sheet.
    static let text: String = {
        ":root{color-scheme:light dark;\(variables(light))}\n"
            + "@media screen and (prefers-color-scheme:dark){:root{\(variables(dark))}}\n"
            + page + tables + pictures + series + print
    }()

    /// How many series have a colour of their own; further ones begin again.
    static let seriesCount = 7

    private static func variables(_ colours: KeyValuePairs<String, String>) -> String {
        colours.map { "--\($0.key):\($0.value)" }.joined(separator: ";")
    }

    private static let page = """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:auto}
        body{margin:0 auto;max-width:66rem;padding:1.25rem 1rem 3rem;background:var(--ground);
        color:var(--ink);font:1rem/1.55 system-ui,-apple-system,Segoe UI,Roboto,Helvetica Neue,
        Arial,Noto Sans,sans-serif;overflow-wrap:break-word}
        h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem;overflow-wrap:anywhere}
        h2{font-size:1.3rem;line-height:1.25;margin:0 0 .5rem}
        h3{font-size:1rem;line-height:1.35;margin:0 0 .35rem;overflow-wrap:anywhere}
        p{margin:0 0 .75rem;max-width:44rem}
        a{color:var(--link)}
        a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--link);
        outline-offset:2px}
        code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,Liberation Mono,monospace;
        font-size:.875em}
        code{overflow-wrap:anywhere}
        pre{margin:.5rem 0;padding:.75rem;background:var(--panel);border:1px solid var(--rule);
        border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere}
        section{border-top:1px solid var(--rule);padding:1.5rem 0 .75rem}
        footer{border-top:1px solid var(--rule);padding-top:1rem;color:var(--soft);
        font-size:.875rem}
        nav ul{list-style:none;margin:1.25rem 0 1.25rem;padding:0;display:flex;flex-wrap:wrap;
        gap:.1rem 1.1rem;font-size:.9375rem}
        nav a{display:inline-block;padding:.2rem 0}
        .eyebrow{color:var(--soft);font-size:.875rem;margin:0 0 .25rem}
        .verdict{font-size:1.125rem;font-weight:600;border-left:6px solid var(--rule);
        padding:.35rem .75rem;margin:0 0 .75rem;background:var(--panel)}
        .good{border-color:var(--good)}.bad{border-color:var(--bad)}
        .waived{border-color:var(--waived)}
        .soft{color:var(--soft)}
        .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;
        margin:0 0 1.25rem}
        .facts div{border-top:3px solid var(--rule);padding-top:.35rem}
        .facts dt{color:var(--soft);font-size:.875rem}
        .facts dd{margin:0;font-size:1.25rem;font-weight:600;line-height:1.25;
        font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        .facts .more{display:block;font-size:.875rem;font-weight:400;line-height:1.4;
        color:var(--soft)}
        .gates{list-style:none;margin:0;padding:0}
        .gates li{border-top:1px solid var(--rule);padding:.4rem 0;display:grid;
        grid-template-columns:5.5rem 1fr;gap:0 .75rem;align-items:baseline}
        .gates p{margin:0;max-width:none}
        .gates .why{margin:.15rem 0 .25rem;padding-left:.6rem;border-left:4px solid var(--waived)}
        .mark{font-weight:600;white-space:nowrap}
        .good .mark{color:var(--good)}.bad .mark{color:var(--bad)}
        .waived .mark{color:var(--waived)}

        """

    private static let tables = """
        .scroll{overflow-x:auto;margin:.25rem 0 1rem}
        table{border-collapse:collapse;font-size:.9375rem;font-variant-numeric:tabular-nums}
        caption{text-align:left;color:var(--soft);font-size:.875rem;padding:0 0 .35rem}
        th,td{text-align:left;vertical-align:top;padding:.3rem .9rem .3rem 0;
        border-bottom:1px solid var(--rule)}
        th{font-weight:600}
        tbody th{font-weight:400;min-width:8rem;max-width:24rem;overflow-wrap:anywhere}
        thead th{vertical-align:bottom}
        .n,.f td,.f thead th+th{text-align:right;white-space:nowrap}
        .f{font-size:.875rem}.f th,.f td{padding:.2rem .9rem .2rem 0}
        .f tbody th{min-width:5rem}
        .digest{display:block;overflow-wrap:anywhere;min-width:14rem}
        .terms{margin:.25rem 0 .5rem;padding-left:1.25rem;max-width:44rem}
        details{margin:.25rem 0 1rem}
        .vg,.vb,.vw{font-weight:600;white-space:nowrap}
        .vg{color:var(--good)}.vb{color:var(--bad)}.vw{color:var(--waived)}
        .strip{display:block;white-space:nowrap}
        .says{min-width:15rem;max-width:24rem;display:block}
        .entry{border-top:1px solid var(--rule);padding:1rem 0 .25rem}
        .entry>summary{font-size:1rem;overflow-wrap:anywhere}
        .entry h4,.part h4{font-size:.9375rem;margin:.75rem 0 .25rem;
        overflow-wrap:anywhere}
        dl.words{margin:.25rem 0 .75rem;max-width:44rem}
        .words dt{font-weight:600}.words dd{margin:0 0 .4rem}
        summary{cursor:pointer;color:var(--link);font-size:.9375rem;padding:.2rem 0}

        """

    private static let pictures = """
        figure{margin:0 0 1.5rem}
        figcaption{margin:0 0 .5rem;max-width:44rem}
        svg{display:block;max-width:100%;height:auto;overflow:visible;font-family:inherit;
        font-variant-numeric:tabular-nums}
        .wide{display:none}
        @media screen and (min-width:47rem){.wide{display:block}.narrow{display:none}}
        .small{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));
        gap:.5rem 2rem}
        .small figure{min-width:0}
        text{fill:var(--ink)}
        .over{paint-order:stroke;stroke:var(--ground);stroke-width:4px;stroke-linejoin:round}
        .t-soft{fill:var(--soft)}.t-strong{font-weight:600}
        .t-bad{fill:var(--bad)}
        .grid{stroke:var(--rule);stroke-width:1;fill:none}
        .cell{width:9rem;max-width:none}
        .dot{stroke:var(--s0);stroke-width:8;stroke-linecap:round;fill:none}
        .axis{stroke:var(--soft);stroke-width:1.25;fill:none}
        .limit{stroke:var(--ink);stroke-width:1.25;stroke-dasharray:4 3;fill:none}
        .box{fill:var(--panel);stroke:var(--soft);stroke-width:1}
        .box-end{fill:var(--panel);stroke:var(--good);stroke-width:2.5}
        .box-out{fill:var(--ground);stroke:var(--rule);stroke-width:1}
        .arrow{stroke:var(--soft);stroke-width:1.5;fill:none}
        .head{fill:var(--soft);stroke:none}
        .alarm{fill:var(--bad);stroke:var(--bad);stroke-width:1.5}
        .alarm-line{stroke:var(--bad);stroke-width:2;fill:none}
        .crossed{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:2 4;fill:none}
        .t-crossed{fill:var(--bad);text-decoration:line-through}
        .heat{fill:var(--s0);stroke:var(--rule);stroke-width:1}
        .faint{stroke:var(--soft);stroke-width:1;stroke-opacity:.3;fill:none}

        """

    /// `f` fills, `o` draws an outline or a line, `m` marks, `h` marks by an outline, `b` shades
    /// a band, `l` is the name of a line.
    private static let series: String = {
        let dashes = ["none", "7 4", "2 3", "9 3 2 3", "12 4", "4 2", "1 4"]
        return (0..<seriesCount).map { place in
            let colour = "var(--s\(place))"
            return ".f\(place){fill:\(colour);fill-opacity:.55;stroke:none}"
                + ".o\(place){stroke:\(colour);stroke-width:2;fill:none}"
                + ".d\(place){stroke-dasharray:\(dashes[place])}"
                + ".m\(place){fill:\(colour);stroke:\(colour);stroke-width:1.5}"
                + ".h\(place){fill:none;stroke:\(colour);stroke-width:2}"
                + ".b\(place){fill:\(colour);fill-opacity:.16;stroke:none}"
                + ".l\(place){fill:\(colour);font-weight:600}\n"
        }.joined()
    }()

    private static let print = """
        @media print{
        @page{margin:14mm}
        body{max-width:none;padding:0;font-size:10.5pt}
        nav,.screen{display:none}
        .verdict{background:none}
        .wide{display:block}.narrow{display:none}
        svg,.facts div,.gates li,tr,.verdict,.words dd,figcaption,caption{break-inside:avoid}
        h2,h3,figcaption,caption,summary{break-after:avoid}
        tbody tr:first-child,tbody tr:last-child{break-before:avoid}
        thead{display:table-header-group}
        .scroll{overflow:visible}
        .small{grid-template-columns:1fr 1fr}
        table,caption{font-size:9pt}
        summary{color:var(--soft)}
        pre{background:none}
        details::details-content{content-visibility:visible;height:auto}
        a{color:inherit;text-decoration:none}
        }
        """
}
