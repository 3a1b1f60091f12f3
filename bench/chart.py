"""The chart: one panel a work, one bar a server, drawn as SVG by hand so that it needs nothing."""

from html import escape

from bench.report import Report, number
from bench.works import Work

_WIDTH = 860
_LABEL = 240
_BAR = 18
_GAP = 4
_PANEL_TITLE = 26
_PANEL_GAP = 14
_VALUE_ROOM = 150
_MARGIN = 12

_OPENING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
    'aria-labelledby="chart-title">'
)
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1e1e2e }
.title { font-weight: 600 }
.ours { fill: #000091 } .baseline { fill: #b34000 } .peer { fill: #7b7b8a }
.page { fill: #fff }
@media (prefers-color-scheme: dark) {
  text { fill: #eee } .page { fill: #161616 }
  .ours { fill: #8585f6 } .baseline { fill: #fc9f6b } .peer { fill: #929292 }
}
"""


def svg(report: Report) -> str:
    """Horizontal bars of requests a second, all panels on one scale."""
    top = max((each.rate for each in report.figures), default=1.0)
    heading = "Requests a second, longer is better (× oidc-provider in the same run)"
    drawn = [f'<text x="{_MARGIN}" y="{_MARGIN + 14}">{heading}</text>']
    y = _MARGIN + _PANEL_TITLE + _PANEL_GAP
    for work in report.works():
        panel, y = _panel(report, work, y, top)
        drawn += panel
    label = "Requests a second, by work and server; the same figures stand in the table."
    return "\n".join(
        [
            _OPENING.format(width=_WIDTH, height=y),
            f'<title id="chart-title">{label}</title>',
            f"<style>{_STYLE}</style>",
            f'<rect class="page" width="{_WIDTH}" height="{y}"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def _panel(report: Report, work: Work, y: int, top: float) -> tuple[list[str], int]:
    """The marks of one work, and where the next panel starts."""
    drawn = [f'<text class="title" x="{_MARGIN}" y="{y + 14}">{escape(work.title)}</text>']
    y += _PANEL_TITLE
    for entry in report.entries:
        seen = report.figure(work, entry.name)
        if seen is None:
            continue
        width = max(1, round((_WIDTH - _LABEL - _VALUE_ROOM) * seen.rate / top))
        ratio = report.ratio(work, entry.name, report.baseline)
        said = number(seen.rate) + (f"  (× {ratio:.2f})" if ratio and entry.name != report.baseline else "")
        kind = _kind(report, entry.name)
        drawn += [
            f'<text x="{_LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(entry.title)}</text>',
            f'<rect class="{kind}" x="{_LABEL}" y="{y}" width="{width}" height="{_BAR}"/>',
            f'<text x="{_LABEL + width + 6}" y="{y + 14}">{said}</text>',
        ]
        y += _BAR + _GAP
    return drawn, y + _PANEL_GAP


def _kind(report: Report, name: str) -> str:
    if name == report.baseline:
        return "baseline"
    return "ours" if name.startswith("accord") else "peer"
