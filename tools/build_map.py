"""Draw the world for the page's map from the polygons that ship: python tools/build_map.py

Writes watcher/web/templates/world.svg, the outlines of all countries in steps of a quarter of a degree. What borders
two provinces of one country falls away: an edge that stands in two of its rings is no border of the country.
"""

from collections import defaultdict
from itertools import pairwise
from math import gcd
from pathlib import Path

from watcher.regions.explicit import outlines

#: Steps in one degree.
STEPS = 4
#: Cells that a line must go round: gaps between provinces, and islands that nobody would see, are smaller.
LEAST = 1.5
TARGET = Path(__file__).resolve().parents[1] / "watcher" / "web" / "templates" / "world.svg"

Point = tuple[int, int]


def loops(rings) -> list[list[Point]]:
    """The borders of what the rings cover together."""
    edges: set[tuple[Point, Point]] = set()
    for ring in rings:
        cells = [(round(x * STEPS), round(-y * STEPS)) for x, y in ring]
        for a, b in pairwise(cells):
            for edge in split(a, b):
                edges ^= {edge}
    beside: dict[Point, list[Point]] = defaultdict(list)
    for a, b in sorted(edges):
        beside[a].append(b)
        beside[b].append(a)
    found = []
    for start in sorted(beside):
        while beside[start]:
            loop = [start]
            while True:
                here = loop[-1]
                there = beside[here].pop()
                beside[there].remove(here)
                if there == start:
                    break
                loop.append(there)
            found.append(loop)
    return found


def split(a: Point, b: Point) -> list[tuple[Point, Point]]:
    """An edge in its shortest pieces, so that a long one of a neighbour is the same as its short ones."""
    count = gcd(b[0] - a[0], b[1] - a[1])
    if not count:
        return []
    points = [(a[0] + (b[0] - a[0]) // count * n, a[1] + (b[1] - a[1]) // count * n) for n in range(count + 1)]
    return [(min(pair), max(pair)) for pair in pairwise(points)]


def area(loop: list[Point]) -> float:
    """What a line goes round, in cells."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*loop, loop[0]]))) / 2


def straightened(loop: list[Point]) -> list[Point]:
    """The same line without the points that lie between two others."""
    kept = []
    for i, here in enumerate(loop):
        before, after = loop[i - 1], loop[(i + 1) % len(loop)]
        across = (here[0] - before[0]) * (after[1] - here[1]) - (here[1] - before[1]) * (after[0] - here[0])
        if across:
            kept.append(here)
    return kept


def written(loop: list[Point]) -> str:
    """A closed path of relative steps."""
    steps = "".join(f"{x - a:+d}{y - b:+d}" for (a, b), (x, y) in pairwise(loop))
    return f"M{loop[0][0]} {loop[0][1]}l{steps}z"


def world() -> str:
    """All countries, one path."""
    countries = defaultdict(list)
    for code, rings in outlines():
        countries[code[:2]] += rings
    drawn = [
        written(line)
        for _, rings in sorted(countries.items())
        for line in map(straightened, loops(rings))
        if len(line) > 2 and area(line) >= LEAST
    ]
    return f'<path class="land" transform="scale({1 / STEPS:g})" d="{"".join(drawn)}"/>\n'


if __name__ == "__main__":
    TARGET.write_text(world(), "utf-8")
    print(TARGET.name, TARGET.stat().st_size, "bytes")
