"""Models drawn as SVG: boxes in layers, from top to bottom, for light and dark pages."""

from dataclasses import dataclass
from html import escape

from kerasfix.report import clean
from kerasfix.report.shapes import Files, edges, nodes
from kerasfix.shapes import Summary

_CHARACTER, _LINE = 7.3, 17
"""The width of a character and the height of a line, in pixels, of the font below."""
_PAD, _GAP_X, _GAP_Y, _MARGIN, _TITLE = 12, 28, 34, 20, 30

_STYLE = """\
<style>
  text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #1f2328; text-anchor: middle }
  .title { font-weight: bold; font-size: 14px; text-anchor: start }
  .name { font-weight: bold }
  .box { fill: #f6f8fa; stroke: #57606a; rx: 6px }
  .arrow { fill: none; stroke: #57606a; stroke-width: 1.3; marker-end: url(#head) }
  .head { fill: #57606a }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .box { fill: #161b22; stroke: #8b949e }
    .arrow { stroke: #8b949e }
    .head { fill: #8b949e }
  }
</style>
<defs>
  <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
    <path class="head" d="M0,0 L8,4 L0,8 z"/>
  </marker>
</defs>"""


@dataclass(slots=True)
class _Box:
    lines: list[str]
    rank: int = 0
    x: float = 0
    y: float = 0

    @property
    def width(self) -> float:
        return max(len(line) for line in self.lines) * _CHARACTER + 2 * _PAD

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE + _PAD


def drawing(files: Files) -> str:
    """All models in one drawing, side by side."""
    parts: list[str] = []
    left, height = float(_MARGIN), 0.0
    for _, models in files:
        for model in models:
            part, width, tall = _graph(model, left)
            parts += part
            left, height = left + width + 2 * _GAP_X, max(height, tall)
    width = max(left - 2 * _GAP_X + _MARGIN, 2 * _MARGIN)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height + _MARGIN:.0f}"'
        f' viewBox="0 0 {width:.0f} {height + _MARGIN:.0f}">'
    )
    return "\n".join([head, _STYLE, *parts, "</svg>", ""])


def _graph(model: Summary, left: float) -> tuple[list[str], float, float]:
    """One model's elements, with the width and height that they take."""
    boxes = {place: _Box([clean(line) for line in lines]) for place, lines in nodes(model)}
    arrows = [(source, target) for source, target in edges(model) if source in boxes]
    width, height = _place(boxes, arrows, chain=not arrows)
    title = f"{clean(model.name)} ({clean(model.class_name)})"
    parts = [f'<text class="title" x="{left:.0f}" y="{_MARGIN}">{escape(title)}</text>']
    parts += [_arrow(boxes[source], boxes[target], left) for source, target in arrows]
    parts += [element for box in boxes.values() for element in _drawn(box, left)]
    return parts, max(width, len(title) * 8.6), height


def _place(boxes: dict[int, _Box], arrows: list[tuple[int, int]], *, chain: bool) -> tuple[float, float]:
    """Put each box below those that it gets its input from, and the boxes of one rank side by side."""
    sources: dict[int, list[int]] = {place: [] for place in boxes}
    for source, target in arrows:
        sources[target].append(source)
    ranks: dict[int, list[int]] = {}
    for order, (place, box) in enumerate(boxes.items()):  # rows come behind their sources
        above = [boxes[source].rank + 1 for source in sources[place]]
        box.rank = order if chain else max(above, default=0)
        ranks.setdefault(box.rank, []).append(place)
    widths = {
        rank: sum(boxes[place].width for place in row) + _GAP_X * (len(row) - 1)
        for rank, row in ranks.items()
    }
    total = max(widths.values(), default=0)
    top = float(_MARGIN + _TITLE)
    for rank in sorted(ranks):
        row = sorted(ranks[rank], key=lambda place: _middle([boxes[source] for source in sources[place]]))
        x = (total - widths[rank]) / 2
        for place in row:
            boxes[place].x, boxes[place].y = x, top
            x += boxes[place].width + _GAP_X
        top += max(boxes[place].height for place in row) + _GAP_Y
    return total, top - _GAP_Y


def _middle(above: list[_Box]) -> float:
    return sum(box.x + box.width / 2 for box in above) / len(above) if above else 0.0


def _arrow(source: _Box, target: _Box, left: float) -> str:
    x1, y1 = left + source.x + source.width / 2, source.y + source.height
    x2, y2 = left + target.x + target.width / 2, target.y
    bend = (y2 - y1) / 2
    return (
        f'<path class="arrow" d="M{x1:.1f},{y1:.1f} C{x1:.1f},{y1 + bend:.1f}'
        f' {x2:.1f},{y2 - bend:.1f} {x2:.1f},{y2:.1f}"/>'
    )


def _drawn(box: _Box, left: float) -> list[str]:
    middle = left + box.x + box.width / 2
    parts = [
        f'<rect class="box" x="{left + box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}"'
        f' height="{box.height:.1f}" rx="6"/>'
    ]
    for place, line in enumerate(box.lines):
        y = box.y + _PAD / 2 + (place + 0.75) * _LINE
        kind = ' class="name"' if place == 0 else ""
        parts.append(f'<text{kind} x="{middle:.1f}" y="{y:.1f}">{escape(line)}</text>')
    return parts
