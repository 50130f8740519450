"""`repy check FILE...`: what in a program is not Repy, without running it."""

import json
import sys
from pathlib import Path

from seattle.repy.cli.options import Command, Option
from seattle.repy.language.check import check
from seattle.repy.language.rules_page import rules_page
from seattle.repy.language.violations import Violation
from seattle.repy.visible import visible

REFUSED = 4
WRONG_USAGE = 2

COMMAND = Command(
    "repy check",
    "repy check [--json] FILE ...\n       repy check --rules",
    "Say what in programs is not Repy, without running them. Exit code 4 if anything is not.",
    (
        Option("--json", "", "print the findings as one JSON list"),
        Option("--rules", "", "print all rules, and the modules that programs may import"),
    ),
)


def main(words: list[str]) -> int:
    """Print a line for each finding; 0 if there is none, 4 if a program is refused, 2 if a file can't be read."""
    chosen = COMMAND.read(words)
    if chosen.has("--rules"):
        print(rules_page(), end="")
        return 0
    if not chosen.words:
        raise COMMAND.wrong("no file was named")
    findings: list[tuple[str, Violation]] = []
    unreadable = False
    for name in chosen.words:
        try:
            text = Path(name).read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as why:
            print(f"repy: error: {name} can't be read: {why}", file=sys.stderr)
            unreadable = True
            continue
        findings.extend((name, violation) for violation in check(text, name))
    _show(findings, as_json=chosen.has("--json"))
    if unreadable:
        return WRONG_USAGE
    return REFUSED if findings else 0


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
