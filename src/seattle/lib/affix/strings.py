"""The text that describes a stack: `(Name,argument,argument)(Other)`, the component next to the program first.

Arguments are text. A comma within parentheses does not end one, so an argument may be the text of a stack itself.
"""

from affix.errors import AffixConfigError


def parse(text):
    """The components that a stack's text names: a list of `(name, [arguments])`, the top first; empty for no stack.

    Raises AffixConfigError, which says at which character.
    """
    found = []
    while text:
        name, arguments, text = parse_first(text)
        found.append((name, arguments))
    return found


def parse_first(text):
    """The first component's name, its arguments, and the text of those below it.

    Raises AffixConfigError if the text has none, or something outside parentheses.
    """
    if not isinstance(text, str):
        raise AffixConfigError(f"a stack is described by text, not by {text!r}")
    if not text.startswith("("):
        raise AffixConfigError(f"a component begins with a parenthesis, as in (NoopAffix): {_short(text)}")
    words, word, depth = [], "", 0
    for place, character in enumerate(text, 1):  # noqa: B007 - it says where the component ends
        if character == "(":
            depth += 1
            if depth == 1:
                continue
        elif character == ")":
            depth -= 1
            if depth == 0:
                words.append(word)
                break
        elif character == "," and depth == 1:
            words.append(word)
            word = ""
            continue
        word += character
    else:
        raise AffixConfigError(f"{depth} closing parentheses are missing: {_short(text)}")
    name, *arguments = words
    if not name.isidentifier():
        raise AffixConfigError(f"a component's name is a word, not {name!r}: {_short(text)}")
    return name, arguments, text[place:]


def describe(name, arguments=()):
    """The text of one component."""
    return f"({','.join([name, *arguments])})"


def _short(text):
    return repr(text if len(text) <= 80 else text[:77] + "...")
