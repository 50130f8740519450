"""Get some vessels, say where in the world they are, as JSON and as a page with a map, and give them back.

    python examples/sdk/appmap.py [COUNT [PAGE]]

COUNT is 4 without. On each vessel a program runs that tells its address, as proof that it is there. Prints a JSON
object for each vessel - `{"vessel": ..., "address": ..., "country": ..., "latitude": ..., "longitude": ...}`, with null
for what is not known, as of addresses that are not in the Internet - and writes the page, `appmap.html` without. This
is ordinary Python, for a computer on which Seattle is installed.
"""

import html
import json
import sys
import tempfile
from pathlib import Path

import seattle
from seattle.geography.locations import locate

PROGRAM = "print(getmyip())\n"
PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Where the program runs</title>
<h1>Where the program runs</h1>
<svg viewBox="-180 -90 360 180" role="img" aria-label="A map with a dot for each vessel" style="background:#def">
<path d="M-180 0H180M0 -90V90" stroke="#9bc" stroke-width=".5"/>
{dots}
</svg>
<table><tr><th>Vessel<th>Address<th>Country</tr>
{rows}
</table></html>
"""


def place_of(vessel: str, address: str) -> dict[str, object]:
    """Where an address is, as far as that is known: the middle of its country."""
    found = locate(address)
    return {
        "vessel": vessel,
        "address": address,
        "country": found.country_name or None,
        "latitude": found.latitude,
        "longitude": found.longitude,
    }


def page_of(places: list[dict[str, object]]) -> str:
    """The page: north is up, a degree is a unit."""
    dots = [
        f'<circle cx="{place["longitude"]}" cy="{-place["latitude"]}" r="2">'
        f"<title>{shown(place['vessel'])}</title></circle>"
        for place in places
        if place["latitude"] is not None
    ]
    rows = [
        "<tr>" + "".join(f"<td>{shown(place[name])}" for name in ("vessel", "address", "country")) + "</tr>"
        for place in places
    ]
    return PAGE.format(dots="\n".join(dots), rows="\n".join(rows))


def shown(value: object) -> str:
    """What strangers' programs say is text, whatever it looks like."""
    return html.escape(str(value)) if value is not None else "not known"


def main(count: int = 4, page: str = "appmap.html") -> None:
    with seattle.connect() as testbed, tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "where.py"
        program.write_text(PROGRAM)
        vessels = testbed.acquire(count)
        try:
            lines = list(vessels.run(program).follow())
        finally:
            vessels.release()
    places = [place_of(str(line.vessel), line.text.strip()) for line in lines]
    for place in places:
        print(json.dumps(place))
    Path(page).write_text(page_of(places), encoding="utf-8")


if __name__ == "__main__":
    main(*(int(word) if word.isdecimal() else word for word in sys.argv[1:]))
