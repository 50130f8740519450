"""The rules of Repy 3: an allow-list of syntax, and what to say about everything that is refused.

`RULES` maps every class of syntax node that we have an opinion on to a rule. A class that is not in it is refused
with RP001: syntax that a later Python invents stays outside until someone has reviewed it. `EXPLANATIONS` is the
same knowledge as text, one entry per code; the reference pages are made from it.
"""

import ast
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule, for people: a title, why it exists, and what to write instead."""

    title: str
    why: str
    instead: str = ""


EXPLANATIONS: dict[str, Explanation] = {
    "RP000": Explanation("the text is not Python", "Only text that Python itself can read can be checked."),
    "RP001": Explanation(
        "this syntax is not part of Repy",
        "Syntax is allowed one piece at a time, after review; what nobody has reviewed is refused.",
    ),
    "RP002": Explanation(
        "async and await are not part of Repy",
        "Coroutines need an event loop, which reaches the operating system.",
        "a thread: createthread(function)",
    ),
    "RP003": Explanation(
        "a class statement takes base classes only",
        "A metaclass runs while classes are made and sees parts of the interpreter.",
        "a class decorator",
    ),
    "RP004": Explanation(
        "except* is not part of Repy",
        "It rewrites exceptions while they pass, together with their tracebacks.",
        "except ExceptionGroup as group",
    ),
    "RP005": Explanation(
        "type parameters and type statements are not part of Repy",
        "They are evaluated later, in hidden scopes, on newer Pythons only.",
        "an ordinary assignment: Name = int | str",
    ),
    "RP006": Explanation(
        "star imports are not part of Repy",
        "The checker must see every name that a program binds.",
        "the names: from module import first, second",
    ),
    "RP007": Explanation(
        "relative imports are not part of Repy",
        "A vessel has one flat directory; its files are no packages.",
        "import module",
    ),
    "RP010": Explanation(
        "names with an underscore pair are not part of Repy",
        "They reach the interpreter: classes lead to all other classes, functions to their globals.",
    ),
    "RP011": Explanation(
        "this name belongs to interpreter internals",
        "Frames, code objects and tracebacks hold references to everything.",
        "another name",
    ),
    "RP012": Explanation(
        "this special method cannot be defined",
        "A class may define special methods that only see what the program has already.",
    ),
    "RP013": Explanation(
        "__exit__ must be defined plainly",
        "Python hands it a traceback, which Repy must be able to take away.",
        "def __exit__(self, kind, error, traceback) without a decorator",
    ),
    "RP014": Explanation(
        "__slots__ and __match_args__ take literal names only",
        "The names in them become attribute names, and must be there to be checked.",
        'a literal: __slots__ = ("x", "y")',
    ),
    "RP015": Explanation(
        "this attribute can be read plainly only",
        "On some objects the name reaches something harmful; patterns and augmented assignments can't be checked.",
        "a plain read into a variable first",
    ),
    "RP016": Explanation(
        "this name cannot be bound",
        "The checker relies on what it means.",
        "another name",
    ),
    "RP020": Explanation(
        "this Python builtin is left out of Repy",
        "It compiles or runs unchecked text, or discloses the interpreter or the computer.",
    ),
    "RP021": Explanation(
        "this Python module is left out of Repy",
        "It reaches the interpreter or the computer.",
    ),
    "RP022": Explanation(
        "the program is too large or too deeply nested",
        "Reading it would cost more memory than a vessel has.",
        "several files or simpler expressions",
    ),
}


class Rule(Enum):
    """What the checker does with a class of syntax nodes."""

    ALLOW = "allow"  # nothing to see here, look at the children
    NAMES = "names"  # carries identifiers: a function in `check` looks at them
    NO_ASYNC = "RP002"
    NO_EXCEPT_STAR = "RP004"
    NO_TYPE_SYNTAX = "RP005"


def _nodes(words: str, rule: Rule) -> dict[type[ast.AST], Rule]:
    # A class that this Python does not have yet (or no longer has) can't occur, so it needs no rule.
    return {getattr(ast, word): rule for word in words.split() if hasattr(ast, word)}


RULES: dict[type[ast.AST], Rule] = {
    **_nodes("Module Expr Assign AugAssign AnnAssign Delete Return Pass Break Continue", Rule.ALLOW),
    **_nodes("If For While With withitem Try Raise Assert Match match_case", Rule.ALLOW),
    **_nodes("BoolOp NamedExpr BinOp UnaryOp IfExp Compare Call Constant Starred Slice Subscript", Rule.ALLOW),
    **_nodes("List Tuple Set Dict ListComp SetComp DictComp GeneratorExp comprehension", Rule.ALLOW),
    **_nodes("Lambda arguments Yield YieldFrom JoinedStr FormattedValue", Rule.ALLOW),
    **_nodes("MatchValue MatchSingleton MatchSequence MatchOr", Rule.ALLOW),
    **_nodes("Load Store Del And Or Not Invert UAdd USub", Rule.ALLOW),
    **_nodes("Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv", Rule.ALLOW),
    **_nodes("Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn", Rule.ALLOW),
    **_nodes("Name Attribute arg keyword alias FunctionDef ClassDef ExceptHandler Global Nonlocal", Rule.NAMES),
    **_nodes("Import ImportFrom MatchAs MatchStar MatchMapping MatchClass", Rule.NAMES),
    **_nodes("AsyncFunctionDef AsyncFor AsyncWith Await", Rule.NO_ASYNC),
    **_nodes("TryStar", Rule.NO_EXCEPT_STAR),
    **_nodes("TypeAlias TypeVar ParamSpec TypeVarTuple", Rule.NO_TYPE_SYNTAX),
}

# Attributes that Python programmers reach for, and what Repy has instead.
ATTRIBUTE_ADVICE = {
    "__class__": "type(x)",
    "__dict__": "dataclasses.asdict(x) or explicit attributes",
    "__len__": "len(x)",
    "__iter__": "iter(x)",
    "__next__": "next(x)",
    "__str__": "str(x)",
    "__repr__": "repr(x)",
    "__hash__": "hash(x)",
    "__call__": "x()",
    "__getitem__": "x[key]",
    "__setitem__": "x[key] = value",
    "__contains__": "item in x",
    "__eq__": "x == y",
    "__file__": "the program's file name as text",
    "__cause__": "the exception that `except` gave you",
    "__context__": "the exception that `except` gave you",
    "__traceback__": "getlasterror()",
}

BUILTIN_ADVICE = {
    "eval": "a parser for the text you expect, such as json.loads(text)",
    "exec": "createvirtualnamespace(code, name)",
    "compile": "createvirtualnamespace(code, name)",
    "globals": "mycontext",
    "locals": "a dict of your own",
    "vars": "dataclasses.asdict(x) or a dict of your own",
    "dir": "hasattr(x, name)",
    "input": "callargs or a file",
    "breakpoint": "log(...)",
    "help": "the reference pages",
    "memoryview": "bytes or bytearray",
    "exit": "exitall()",
    "quit": "exitall()",
    "aiter": "iter(x)",
    "anext": "next(x)",
}

_FILES = "open(name) or the file calls of Repy"
_INTERNALS = "nothing: interpreter internals are out of reach"
_CODE = "createvirtualnamespace(code, name)"
_THREADS = "createthread(function)"

MODULE_ADVICE = {
    "posix": _FILES,
    "pathlib": _FILES,
    "shutil": _FILES,
    "tempfile": _FILES,
    "glob": _FILES,
    "mmap": _FILES,
    "subprocess": _THREADS,
    "multiprocessing": _THREADS,
    "asyncio": _THREADS,
    "signal": _THREADS,
    "pty": _THREADS,
    "ctypes": "struct",
    "cffi": "struct",
    "fcntl": _FILES,
    "resource": "getresources()",
    "importlib": "dy_import_module(name)",
    "imp": "dy_import_module(name)",
    "runpy": _CODE,
    "pkgutil": "dy_import_module(name)",
    "zipimport": "dy_import_module(name)",
    "builtins": "the builtin's plain name",
    "inspect": _INTERNALS,
    "gc": _INTERNALS,
    "types": _INTERNALS,
    "dis": _INTERNALS,
    "ast": _INTERNALS,
    "symtable": _INTERNALS,
    "weakref": _INTERNALS,
    "sysconfig": _INTERNALS,
    "faulthandler": _INTERNALS,
    "tracemalloc": _INTERNALS,
    "atexit": "try ... finally",
    "codeop": _CODE,
    "pdb": "log(...)",
    "pickle": "json",
    "marshal": "json",
    "shelve": "json",
    "dbm": "json",
    "sqlite3": "json",
}
