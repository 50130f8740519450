"""What a fuzzer does to the checker: any bytes are a program's text, and three promises have to hold.

    pip install atheris
    python -m tests.fuzz.checker -max_total_time=600 NEW_FOLDER tests/fuzz/corpus

Inputs that broke a promise belong into the corpus, which `test_fuzz_corpus.py` goes through whenever tests are run.
"""

import ast
import sys

from seattle.repy.language import names
from seattle.repy.language.check import parse
from seattle.repy.language.compiler import compile_program
from seattle.repy.language.violations import CodeUnsafe

_ALLOWED = names.DEFINABLE | names.READABLE


def try_out(data: bytes) -> bool:
    """Whether the text is Repy.

    Raises an exception that a guest does not expect, or AssertionError, where the checker breaks a promise: to answer
    whatever the text; to be of one opinion with the compiler; to let no attribute through that leads out.
    """
    text = _text(data)
    tree, violations = parse(text, "fuzz.py")
    try:
        compile_program(text, "fuzz.py")
    except CodeUnsafe:
        return False  # of its own opinion only where Python refuses to compile what it has parsed
    assert tree is not None
    assert not violations, "compiled in spite of violations"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = names.normalise(node.attr)
            assert names.is_plain(name) or name in _ALLOWED, f"the attribute {name!r} came through"
    return True


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")  # `check` and `createvirtualnamespace` may be given surrogates
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def main() -> None:
    """Fuzz until libFuzzer's options say that it is enough."""
    import atheris  # type: ignore[import-untyped]  # it is not installed: the corpus is replayed without it

    atheris.instrument_all()
    atheris.Setup(sys.argv, lambda data: try_out(data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
