#!/usr/bin/env python3
"""Draws the figures of tests/scale as a picture: one panel a figure, against the number of cases, both axes logarithmic.

Usage: scale_plot.py scale.csv scale.svg

Every panel has the same number of decades up as across and one more, so that a cost in proportion to the register would climb like the
dotted line, and one that does not depend on it lies flat.
"""

import csv
import math
import sys

PANELS = [
    ("start", "serve until /health answers, ms", 1_000),
    ("memory", "memory when idle, MB", 40),
    ("idle", "idle, % of one core", 0.2),
    ("tick", "a tick with nothing due, ms", 1),
    ("status", "GET /status, ms", 50),
    ("overdue", "deadlines --overdue, ms", 50),
    ("record_p99", "record, p99, ms", None),
    ("import_memory", "import, peak memory, MB", None),
]
SERIES = [("sqlite", "SQLite"), ("postgres", "PostgreSQL")]
COLUMNS = 4
WIDTH, HEIGHT, GAP, LEFT, TOP = 190, 150, 56, 62, 92
STYLE = """
:root { --paper: #ffffff; --ink: #1f2328; --faint: #6a737d; --grid: #e3e6ea; --sqlite: #1667c7; --postgres: #c2500a; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0f1419; --ink: #e6e9ec; --faint: #9aa4ae; --grid: #2b323a; --sqlite: #63a8ff; --postgres: #ff9a52; }
}
.paper { fill: var(--paper) } text { fill: var(--ink); font: 12px system-ui, "DejaVu Sans", sans-serif }
.title { font-size: 16px; font-weight: 600 } .name { font-weight: 600 } .faint { fill: var(--faint); font-size: 11px }
.grid { stroke: var(--grid); fill: none } .target { stroke: var(--ink); stroke-dasharray: 5 3; fill: none }
.proportion { stroke: var(--faint); stroke-width: 1.5; stroke-dasharray: 0.5 5; stroke-linecap: round; fill: none }
.line { fill: none; stroke-width: 2 }
.sqlite { stroke: var(--sqlite) } .postgres { stroke: var(--postgres) }
.sqlite-mark { fill: var(--sqlite) } .postgres-mark { fill: var(--postgres) }
.end { font-size: 11px; font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 3px }
"""


def main():
    with open(sys.argv[1], newline="") as lines:
        values = {(row["figure"], row["database"], int(row["cases"])): float(row["value"]) for row in csv.DictReader(lines)}
    panels = [panel for panel in PANELS if any(figure == panel[0] for figure, _, _ in values)]
    sizes = sorted({cases for _, _, cases in values})
    rows = math.ceil(len(panels) / COLUMNS)
    width, height = LEFT + COLUMNS * (WIDTH + GAP) - GAP + 24, TOP + rows * (HEIGHT + GAP + 12) - 14
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="What a register costs as it grows">',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        '<text class="title" x="24" y="32">What a register costs as it grows</text>',
        *legend(24, 56),
    ]
    for at, panel in enumerate(panels):
        x, y = LEFT + at % COLUMNS * (WIDTH + GAP), TOP + 14 + at // COLUMNS * (HEIGHT + GAP + 12)
        out += draw(panel, values, sizes, x, y)
    with open(sys.argv[2], "w") as file:
        file.write("\n".join([*out, "</svg>", ""]))


def legend(x, y):
    for database, name in SERIES:
        yield from mark(database, x + 6, y - 4)
        yield f'<text x="{x + 16}" y="{y}">{name}</text>'
        x += 36 + 8 * len(name)
    yield f'<path class="target" d="M{x} {y - 4}h28"/><text x="{x + 34}" y="{y}">target</text>'
    yield f'<path class="proportion" d="M{x + 92} {y}l28 -8"/><text x="{x + 126}" y="{y}">what grows with the register would climb like this</text>'


def draw(panel, values, sizes, x, y):
    figure, name, target = panel
    lines = {database: [(cases, values[figure, database, cases]) for cases in sizes if (figure, database, cases) in values] for database, _ in SERIES}
    drawn = [max(value, 1e-4) for points in lines.values() for _, value in points] + ([target] if target else [])
    first, last = math.log10(sizes[0]), max(math.log10(sizes[-1]), math.log10(sizes[0]) + 1)
    # A panel holds all that is drawn in it.
    decades = max(math.ceil(last - first) + 1, math.ceil(math.log10(max(drawn))) - math.floor(math.log10(min(drawn))))
    # In the middle of what is drawn.
    middle = (math.log10(min(drawn)) + math.log10(max(drawn))) / 2
    low = round(middle - decades / 2)
    while low + decades < math.log10(max(drawn)):
        low += 1
    # The lower label has its place below its line.
    low = min(low, math.floor(math.log10(min(drawn) / 2.5)))
    decades = max(decades, math.ceil(math.log10(max(drawn))) - low)
    across = lambda cases: x + 8 + (math.log10(cases) - first) / (last - first) * (WIDTH - 16)
    up = lambda value: y + HEIGHT - min(max((math.log10(max(value, 1e-4)) - low) / decades, 0), 1) * HEIGHT
    yield f'<text class="name" x="{x}" y="{y - 10}">{name}</text>'
    for decade in range(low, low + decades + 1):
        at = up(10**decade)
        yield f'<path class="grid" d="M{x} {at:.1f}h{WIDTH}"/><text class="faint" x="{x - 6}" y="{at + 4:.1f}" text-anchor="end">{number(10.0**decade)}</text>'
    for cases in sizes:
        yield f'<text class="faint" x="{across(cases):.1f}" y="{y + HEIGHT + 16}" text-anchor="middle">{number(cases)}</text>'
    rise = (last - first) / decades * HEIGHT
    bottom = y + HEIGHT - (HEIGHT - rise) / 2
    yield f'<path class="proportion" d="M{x + 8} {bottom:.1f}L{x + WIDTH - 8} {bottom - rise:.1f}"/>'
    if target:
        yield f'<path class="target" d="M{x} {up(target):.1f}h{WIDTH}"/>'
    for (database, _), above in zip(SERIES, higher(lines)):
        points = [(across(cases), up(value), value) for cases, value in lines[database]]
        if not points:
            continue
        yield f'<path class="line {database}" d="M{"L".join(f"{px:.1f} {py:.1f}" for px, py, _ in points)}"/>'
        for px, py, _ in points:
            yield from mark(database, px, py)
        px, py, value = points[-1]
        above = above or py + 17 > y + HEIGHT
        yield f'<text class="end {database}-mark" x="{px:.1f}" y="{py + (-8 if above else 17):.1f}" text-anchor="end">{number(value)}</text>'


def higher(lines):
    """Which series is written above its line: the higher one at the end."""
    ends = [points[-1][1] if (points := lines[database]) else 0 for database, _ in SERIES]
    return [ends[0] >= ends[1], ends[1] > ends[0]]


def mark(database, x, y):
    if database == "sqlite":
        yield f'<circle class="sqlite-mark" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    else:
        yield f'<rect class="postgres-mark" x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'


def number(value):
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.2g}" if value < 10 else f"{value:.3g}"


main()
