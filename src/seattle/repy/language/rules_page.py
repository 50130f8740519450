"""The reference page of the language's rules, made from the rules themselves."""

from seattle.repy.language.modules import NAMES
from seattle.repy.language.rules import EXPLANATIONS

_HEAD = """\
# Reference: the rules of Repy

Repy is Python without what could reach beyond a program's vessel. `repy check FILE...` says which rule a program
breaks, where, and what to write instead; a program that breaks one is not run. What a rule can't see in the text (a
name that is put together while the program runs) is refused when it happens, with the same words.

This page is printed by `repy check --rules`.
"""


def rules_page() -> str:
    """The page, in Markdown."""
    parts = [_HEAD]
    for code, rule in sorted(EXPLANATIONS.items()):
        instead = f"\n\nWrite instead: {rule.instead}." if rule.instead else ""
        parts.append(f"## {code}: {rule.title}\n\n{rule.why}{instead}\n")
    modules = ", ".join(f"`{name}`" for name in sorted(NAMES))
    parts.append(f"## Modules that can be imported\n\n{modules}.\n")
    return "\n".join(parts)
