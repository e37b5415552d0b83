"""Natural Earth's admin-1 polygons, simplified and packed: code → rings of hundredths of a degree.

Where a unit has no code of today's ISO 3166-2 (Palestine, Kosovo, Kenya's former provinces), its
polygon goes to its country, and the nearest town tells the province.
"""

import json
import zlib
from collections import defaultdict

#: Corners nearer than this to the line between their neighbours are left out; degrees (about 2 km).
TOLERANCE = 0.02


#: Countries of ISO 3166-1 that units of none lie in, as GeoNames counts them; Natural Earth's code of the unit.
COUNTRY_OF = {"CYN": "CY", "ESB": "CY", "WSB": "CY", "SOL": "SO", "KAB": "KZ", "USG": "CU", "CLP": "FR", "CSI": "AU"}
#: Regions of Morocco that Natural Earth draws over Western Sahara.
SAHARA = {"MA-15": "EH", "MA-16": "EH"}
#: The Golan, which Natural Earth draws as Israel's and GeoNames lists as Syria's (SY-QU); drawn by us, to about 2 km.
GOLAN = (
    (35.65, 32.68), (35.76, 32.72), (35.84, 32.87), (35.87, 32.98), (35.85, 33.1), (35.83, 33.28), (35.8, 33.33),
    (35.69, 33.28), (35.63, 33.24), (35.62, 33.1), (35.62, 32.98), (35.63, 32.88), (35.66, 32.82), (35.64, 32.72),
    (35.65, 32.68),
)  # fmt: skip


def sections(features, admin1_of, codes):
    rings = defaultdict(list)
    for feature in features:
        p = feature["properties"]
        code = p.get("iso_3166_2") or ""
        if code not in codes:
            code = admin1_of.get(p.get("gn_a1_code") or "", "")
        code = code or SAHARA.get(p.get("iso_3166_2"), "")
        code = code or (p["iso_a2"] if p["iso_a2"] in codes else COUNTRY_OF.get(p["adm0_a3"], ""))
        if code:
            rings[code] += [packed for ring in _rings(feature["geometry"]) if (packed := _pack(ring))]
    ours = [["SY-QU", [_pack(GOLAN)]]]  # first, so that it goes before what it lies in
    raw = json.dumps([*ours, *([code, rings[code]] for code in sorted(rings))], separators=(",", ":")).encode()
    return {"RING": zlib.compress(raw, 9)}


def _rings(geometry):
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [ring for polygon in parts for ring in polygon]


def _pack(ring):
    """First corner, then steps; None for an islet that has no area at this scale."""
    kept = _simplified([(p[0], p[1]) for p in ring])
    points = [(round(x * 100), round(y * 100)) for x, y in kept]
    points = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
    if len(set(points)) < 3:
        return None
    flat, before = [], (0, 0)
    for x, y in points:
        flat += [x - before[0], y - before[1]]
        before = (x, y)
    return flat


def _simplified(points):
    """Douglas-Peucker, without recursion."""
    keep = {0, len(points) - 1}
    far = max(range(len(points)), key=lambda i: abs(points[i][0] - points[0][0]) + abs(points[i][1] - points[0][1]))
    keep.add(far)
    todo = [(0, far), (far, len(points) - 1)]
    while todo:
        first, last = todo.pop()
        worst, at = 0.0, -1
        (x1, y1), (x2, y2) = points[first], points[last]
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        for i in range(first + 1, last):
            x, y = points[i]
            off = abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length if length else abs(x - x1) + abs(y - y1)
            if off > worst:
                worst, at = off, i
        if worst > TOLERANCE:
            keep.add(at)
            todo += [(first, at), (at, last)]
    return [points[i] for i in sorted(keep)]
