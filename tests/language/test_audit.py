"""No name of a supported Python is there that nobody has looked at. See `seattle.repy.language.audit`."""

import sys
from pathlib import Path

import pytest

from seattle.repy.language.audit import Verdict, survey

FOLDER = Path(__file__).parent / "audit"
SUPPORTED = ("3.11", "3.12", "3.13")
THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
REVIEW = (
    "look each of them up, decide in rules.py, names.py, builtins.py or modules/ what programs may do with it, then "
    f"write the verdicts down: python{THIS} -m seattle.repy.language.audit >tests/language/audit/{THIS}.txt"
)


def _recorded(version: str) -> dict[str, str]:
    lines = (FOLDER / f"{version}.txt").read_text().splitlines()
    return dict(line.rsplit(": ", 1) for line in lines)


def unreviewed(version: str, found: dict[str, Verdict]) -> str:
    """What to say about names that are not on record; the empty text if there are none."""
    recorded = _recorded(version)
    new = sorted(set(found) - set(recorded))
    return f"this Python has {len(new)} names that nobody has reviewed: {', '.join(new)}; {REVIEW}" if new else ""


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_supported_python_has_its_verdicts_on_record(version: str) -> None:
    recorded = _recorded(version)
    assert set(recorded.values()) == set(Verdict)
    assert {name.split()[0] for name in recorded} == {"attribute", "builtin", "module", "syntax"}
    assert list(recorded) == sorted(recorded)


def test_given_this_python_when_its_names_are_listed_then_each_was_reviewed() -> None:
    assert THIS in SUPPORTED, f"Python {THIS} has not been reviewed; {REVIEW}"
    assert unreviewed(THIS, survey()) == ""


def test_given_this_python_when_verdicts_are_made_then_they_are_those_on_record() -> None:
    recorded = _recorded(THIS)
    changed = {name: verdict for name, verdict in survey().items() if recorded.get(name, verdict) != verdict}
    assert not changed, f"these verdicts differ from those on record; {REVIEW}"


def test_given_a_name_that_is_new_then_the_message_says_what_to_do() -> None:
    message = unreviewed(THIS, {"attribute int.leak": Verdict.ALLOWED})
    assert "attribute int.leak" in message
    assert "-m seattle.repy.language.audit" in message


@pytest.mark.parametrize("version", SUPPORTED)
def test_given_any_python_then_what_leads_out_is_refused_on_record(version: str) -> None:
    recorded = _recorded(version)
    for name in (
        *("attribute type.__subclasses__", "attribute type.mro", "attribute frame.f_back", "attribute code.co_code"),
        *("attribute function.__globals__", "attribute generator.gi_frame", "attribute traceback.tb_frame"),
        *("builtin eval", "builtin exec", "builtin compile", "builtin globals", "builtin memoryview"),
        *("syntax AsyncFunctionDef", "syntax TryStar", "module operator.__builtins__", "module json.decoder"),
    ):
        assert recorded.get(name, Verdict.REFUSED) == Verdict.REFUSED, name
    assert recorded["attribute str.format"] == Verdict.CHECKED
    assert recorded["attribute str.upper"] == Verdict.ALLOWED
    assert recorded["attribute object.__getattribute__"] == Verdict.REFUSED
    assert recorded["attribute object.__eq__"] == Verdict.DEFINED
