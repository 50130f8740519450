"""`repy check FILE...`: what in a program is not Repy, without running it."""

import json
from dataclasses import asdict

from seattle.repy.cli.options import STDIN, Command, Option
from seattle.repy.cli.people import reason, say
from seattle.repy.door import MAX_PROGRAM
from seattle.repy.language.check import check
from seattle.repy.language.modules import NAMES
from seattle.repy.language.rules import EXPLANATIONS
from seattle.repy.language.rules_page import rules_page
from seattle.repy.language.violations import Violation
from seattle.repy.visible import visible

REFUSED = 4
WRONG_USAGE = 2

COMMAND = Command(
    "repy check",
    "repy check [--json] FILE ...\n       repy check [--json] --rules",
    "Say what in programs is not Repy, `-` being stdin, without running them. Exit code 4 if anything is not.",
    (
        Option("--json", "", "print the findings as one JSON list, or the rules as one JSON object"),
        Option("--rules", "", "print all rules, and the modules that programs may import"),
    ),
)


def main(words: list[str]) -> int:
    """Print a line for each finding; 0 if there is none, 4 if a program is refused, 2 if a file can't be read."""
    chosen = COMMAND.read(words)
    if chosen.has("--rules"):
        if chosen.words:
            raise COMMAND.wrong(f"--rules takes no file, such as {chosen.words[0]!r}")
        print(json.dumps(_rules()) if chosen.has("--json") else rules_page().rstrip())
        return 0
    if not chosen.words:
        raise COMMAND.wrong("no file was named")
    findings: list[tuple[str, Violation]] = []
    unreadable = False
    for name in chosen.words:
        try:
            text = _read(name)
        except (OSError, ValueError) as why:
            say(f"repy: error: {reason(why)}")
            unreadable = True
            continue
        findings.extend((name, violation) for violation in check(text, name))
    _show(findings, as_json=chosen.has("--json"))
    if unreadable:
        return WRONG_USAGE
    return REFUSED if findings else 0


def _rules() -> dict[str, object]:
    rules = [{"code": code, **asdict(rule)} for code, rule in sorted(EXPLANATIONS.items())]
    return {"rules": rules, "modules": sorted(NAMES)}


def _read(name: str) -> str:
    """The text of a program, `-` being stdin. Raises OSError or ValueError."""
    where = STDIN if name == "-" else name
    # Not with a `Path`: it takes an empty name for the current folder.
    with open(where, "rb", closefd=where != STDIN) as file:
        data = file.read(MAX_PROGRAM + 1)
    if len(data) > MAX_PROGRAM:
        raise ValueError(f"{name!r} has more than {MAX_PROGRAM} bytes, too many for a program")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        raise ValueError(f"{name!r} is not the text of a program: {why}") from why


def _show(findings: list[tuple[str, Violation]], *, as_json: bool) -> None:
    if not as_json:
        for name, violation in findings:
            print(visible(violation.describe(name)))
        return
    records = [
        {
            "file": name,
            "line": violation.line,
            "column": violation.column,
            "code": violation.code,
            "message": violation.message,
            "instead": violation.instead,
        }
        for name, violation in findings
    ]
    print(json.dumps(records))
