"""One pass over a program's syntax tree: every node against the allow-list, every identifier against the rules."""

import ast
import warnings
from collections.abc import Callable, Sequence

from seattle.repy.language import guards, names
from seattle.repy.language.rules import ATTRIBUTE_ADVICE, BUILTIN_ADVICE, EXPLANATIONS, MODULE_ADVICE, RULES, Rule
from seattle.repy.language.violations import Violation

MAX_SOURCE = 1 << 20  # characters
MAX_DEPTH = 300  # syntax nodes within each other; CPython's own compiler gives up at some multiple of this
MAX_VIOLATIONS = 200  # enough to work with; a hostile text must not make us hold more


def check(source: str, filename: str) -> list[Violation]:
    """Everything in the program text that is not Repy 3, in order of place; an empty list if it may run.

    Never raises for any text. `filename` is for the caller's messages only; no file is read.
    """
    return parse(source, filename)[1]


def parse(source: str, filename: str) -> tuple[ast.Module | None, list[Violation]]:
    """The syntax tree and the violations. The tree is None if the text can't be read at all."""
    if len(source) > MAX_SOURCE:
        return None, [_violation("RP022", f"the program has {len(source)} characters; {MAX_SOURCE} are allowed")]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a SyntaxWarning would be printed, and its text looked up in a file
            tree = ast.parse(source, filename)
    except SyntaxError as error:
        return None, [_violation("RP000", f"not Python: {error.msg}", line=error.lineno or 1, column=error.offset or 1)]
    except (RecursionError, MemoryError):
        return None, [_violation("RP022", EXPLANATIONS["RP022"].title)]
    except ValueError as error:  # null bytes, lone surrogates, integers of too many digits
        return None, [_violation("RP000", f"not Python: {error}")]
    return tree, _Checker(tree, source).run()


def _violation(code: str, message: str, *, line: int = 1, column: int = 1, instead: str | None = None) -> Violation:
    advice = EXPLANATIONS[code].instead if instead is None else instead
    return Violation(line=max(line, 1), column=max(column, 1), code=code, message=message, instead=advice)


class _Checker:
    """Walks the tree with a list of its own: a recursive walk would let a program choose our stack depth."""

    def __init__(self, tree: ast.Module, source: str) -> None:
        self.tree = tree
        self.lines = source.encode("utf-8", "surrogatepass").splitlines()  # columns of nodes count bytes
        self.found: list[Violation] = []
        self.bound: set[str] = set()
        self.left_out: list[ast.Name] = []
        # (node, depth, directly in a class body): entries wait here until they are looked at
        self.waiting: list[tuple[ast.AST, int, bool]] = [(tree, 0, False)]

    def run(self) -> list[Violation]:
        while self.waiting and len(self.found) < MAX_VIOLATIONS:
            node, depth, in_class = self.waiting.pop()
            if depth > MAX_DEPTH:
                self.refuse("RP022", node, f"more than {MAX_DEPTH} levels of nesting")
                break
            rule = RULES.get(type(node))
            if rule is Rule.ALLOW:
                self.allow(node, depth, in_class)
            elif rule is Rule.NAMES:
                _LOOK[type(node)](self, node, depth, in_class)
            elif rule is None:
                self.refuse("RP001", node, f"{type(node).__name__} is not part of Repy")
            else:
                self.refuse(rule.value, node, EXPLANATIONS[rule.value].title)
        for name in self.left_out:
            if name.id not in self.bound:
                message = f"the builtin {name.id!r} is left out of Repy"
                self.refuse("RP020", name, message, BUILTIN_ADVICE[name.id])
        return sorted(set(self.found))

    # What happens to a node

    def allow(self, node: ast.AST, depth: int, in_class: bool) -> None:  # noqa: FBT001 - hot and internal
        kind = type(node)
        if kind is ast.comprehension and node.is_async:  # type: ignore[attr-defined]  # kind says what it is
            self.refuse("RP002", node, EXPLANATIONS["RP002"].title)
        elif kind is ast.AugAssign:
            self.augmented(node)  # type: ignore[arg-type]  # kind says what it is
        elif kind is ast.Assign and in_class and self.literal_names(node):  # type: ignore[arg-type]  # as above
            return
        elif kind is ast.Call:
            self.call(node)  # type: ignore[arg-type]  # as above
        elif kind is ast.MatchValue:
            self.compared(node.value)  # type: ignore[attr-defined]  # as above
        if kind is ast.Lambda or kind in _COMPREHENSIONS:
            in_class = False
        self.children(node, depth, in_class)

    def children(self, node: ast.AST, depth: int, in_class: bool) -> None:  # noqa: FBT001 - hot and internal
        depth += 1
        waiting = self.waiting
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, ast.AST):
                waiting.append((value, depth, in_class))
            elif type(value) is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        waiting.append((item, depth, in_class))

    def refuse(self, code: str, node: ast.AST, message: str, instead: str | None = None) -> None:
        line = getattr(node, "lineno", 1)
        offset = getattr(node, "col_offset", 0)
        if type(node) is ast.Attribute and node.end_lineno and node.end_col_offset:
            line, offset = node.end_lineno, node.end_col_offset - len(node.attr.encode())  # the name, not its owner
        text = self.lines[line - 1][:offset] if line <= len(self.lines) else b""
        column = len(text.decode("utf-8", "replace")) + 1
        self.found.append(_violation(code, message, line=line, column=column, instead=instead))

    # Identifiers

    def binds(self, name: str | None, node: ast.AST) -> None:
        """A name that the program binds: a variable, parameter, function, class, alias or caught exception."""
        if name is None:
            return
        name = names.normalise(name)
        self.bound.add(name)
        if name in names.RESERVED:
            self.refuse("RP016", node, f"the name {name!r} cannot be bound")
        elif names.UNDERSCORE_PAIR in name:
            self.refuse("RP010", node, f"the name {name!r} contains an underscore pair", "another name")

    def names_part(self, name: str | None, node: ast.AST) -> None:
        """A name that selects a part of an object or an argument: a keyword, a pattern's attribute."""
        if name is None:
            return
        name = names.normalise(name)
        if names.UNDERSCORE_PAIR in name:
            self.refuse("RP010", node, f"the name {name!r} contains an underscore pair", ATTRIBUTE_ADVICE.get(name))
        elif names.is_internal(name):
            self.refuse("RP011", node, f"the name {name!r} belongs to interpreter internals")

    def name(self, node: ast.Name, _depth: int, in_class: bool) -> None:  # noqa: FBT001 - hot and internal
        name = names.normalise(node.id)
        reading = type(node.ctx) is ast.Load
        if names.UNDERSCORE_PAIR not in name:
            if not reading:
                self.binds(name, node)
            elif name in BUILTIN_ADVICE:
                self.left_out.append(node)
        elif name in (names.BARE_READABLE if reading else names.BARE_WRITABLE):
            return
        elif in_class and name == "__exit__":
            self.refuse("RP013", node, EXPLANATIONS["RP013"].title)
        elif in_class and name in names.DEFINABLE:
            return
        elif in_class and name in names.LITERAL_ONLY:
            self.refuse("RP014", node, EXPLANATIONS["RP014"].title)
        else:
            self.refuse("RP010", node, f"the name {name!r} contains an underscore pair", "another name")

    def attribute(self, node: ast.Attribute, depth: int, in_class: bool) -> None:  # noqa: FBT001 - hot and internal
        name = names.normalise(node.attr)
        if names.UNDERSCORE_PAIR in name and not _may_read_special(node, name):
            message = f"the attribute {name!r} is not part of Repy"
            self.refuse("RP010", node, message, ATTRIBUTE_ADVICE.get(name))
        elif names.is_internal(name):
            self.refuse("RP011", node, f"the attribute {name!r} belongs to interpreter internals")
        self.waiting.append((node.value, depth + 1, in_class))

    def argument(self, node: ast.arg, depth: int, _in_class: bool) -> None:  # noqa: FBT001 - hot and internal
        self.binds(node.arg, node)
        self.names_part(node.arg, node)
        self.children(node, depth, in_class=False)

    def keyword(self, node: ast.keyword, depth: int, in_class: bool) -> None:  # noqa: FBT001 - hot and internal
        self.names_part(node.arg, node)
        self.children(node, depth, in_class)

    def call(self, node: ast.Call) -> None:
        """`"...".format(...)`: the template is there to be read, so no run-time check is needed later."""
        function = node.func
        if type(function) is ast.Attribute and function.attr in {"format", "format_map"}:
            template = function.value
            if type(template) is ast.Constant and type(template.value) is str:
                try:
                    guards.check_template(template.value)
                except AttributeError as error:
                    self.refuse("RP010", node, f"in this format template, {error}", "an f-string")

    # Statements

    def function(self, node: ast.FunctionDef, depth: int, in_class: bool) -> None:  # noqa: FBT001 - internal
        name = names.normalise(node.name)
        if in_class and names.UNDERSCORE_PAIR in name:
            if name not in names.DEFINABLE:
                self.refuse("RP012", node, f"the special method {name!r} cannot be defined")
            elif name == "__exit__" and node.decorator_list:
                self.refuse("RP013", node, EXPLANATIONS["RP013"].title)
        else:
            self.binds(name, node)
        if getattr(node, "type_params", None):
            self.refuse("RP005", node, EXPLANATIONS["RP005"].title)
        self.children(node, depth, in_class=False)

    def class_(self, node: ast.ClassDef, depth: int, _in_class: bool) -> None:  # noqa: FBT001 - internal
        self.binds(node.name, node)
        if node.keywords:
            self.refuse("RP003", node, EXPLANATIONS["RP003"].title)
        if getattr(node, "type_params", None):
            self.refuse("RP005", node, EXPLANATIONS["RP005"].title)
        outside: list[ast.AST] = [*node.bases, *(keyword.value for keyword in node.keywords), *node.decorator_list]
        self.waiting.extend((part, depth + 1, False) for part in outside)
        self.waiting.extend((part, depth + 1, True) for part in node.body)

    def augmented(self, node: ast.AugAssign) -> None:
        """`x.format += y` reads the attribute too, and hands what it read to `y`."""
        target = node.target
        if type(target) is ast.Attribute and names.normalise(target.attr) in names.GUARDED:
            self.refuse("RP015", node, f"the attribute {target.attr!r} cannot be part of an augmented assignment")

    def literal_names(self, node: ast.Assign) -> bool:
        """True if this is a well-formed `__slots__ = ("x", "y")` or the like, which needs no further look."""
        target = node.targets[0]
        if len(node.targets) != 1 or type(target) is not ast.Name or target.id not in names.LITERAL_ONLY:
            return False
        value = node.value
        items: Sequence[ast.AST] = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
        for item in items:
            if not (type(item) is ast.Constant and type(item.value) is str and is_field_name(item.value)):
                self.refuse("RP014", item, EXPLANATIONS["RP014"].title)
        if target.id == "__match_args__" and type(value) is not ast.Tuple:
            self.refuse("RP014", node, EXPLANATIONS["RP014"].title)
        return True

    def handler(self, node: ast.ExceptHandler, depth: int, in_class: bool) -> None:  # noqa: FBT001 - internal
        self.binds(node.name, node)
        self.names_part(node.name, node)
        self.children(node, depth, in_class)

    def declaration(self, node: ast.Global | ast.Nonlocal, _depth: int, _in_class: bool) -> None:  # noqa: FBT001 - internal
        for name in node.names:
            self.binds(name, node)

    def import_(self, node: ast.Import, depth: int, in_class: bool) -> None:  # noqa: FBT001 - internal
        for alias in node.names:
            self.module(alias.name, alias)
        self.children(node, depth, in_class)

    def import_from(self, node: ast.ImportFrom, depth: int, in_class: bool) -> None:  # noqa: FBT001 - internal
        if node.level:
            self.refuse("RP007", node, EXPLANATIONS["RP007"].title)
        elif node.module == "__future__":
            for alias in node.names:
                if alias.name != "annotations" or alias.asname:
                    self.refuse("RP021", alias, f"the future {alias.name!r} is not part of Repy", "nothing")
            return
        elif node.module:
            self.module(node.module, node)
        for alias in node.names:
            if alias.name == "*":
                self.refuse("RP006", node, EXPLANATIONS["RP006"].title)
                return
        self.children(node, depth, in_class)

    def module(self, name: str, node: ast.AST) -> None:
        top = name.partition(".")[0]
        if top in MODULE_ADVICE:
            self.refuse("RP021", node, f"the module {top!r} is left out of Repy", MODULE_ADVICE[top])
        self.names_part(name, node)

    def alias(self, node: ast.alias, _depth: int, _in_class: bool) -> None:  # noqa: FBT001 - internal
        self.names_part(node.name, node)
        self.binds(node.asname or node.name.partition(".")[0], node)

    # Patterns

    def capture(self, node: ast.MatchAs | ast.MatchStar, depth: int, in_class: bool) -> None:  # noqa: FBT001 - internal
        self.binds(node.name, node)
        self.children(node, depth, in_class)

    def mapping_pattern(self, node: ast.MatchMapping, depth: int, in_class: bool) -> None:  # noqa: FBT001 - internal
        self.binds(node.rest, node)
        for key in node.keys:
            self.compared(key)
        self.children(node, depth, in_class)

    def compared(self, node: ast.AST) -> None:
        """`case x.format:` hands what it read to the `==` of the matched value."""
        while type(node) is ast.Attribute:
            if _is_checked_when_read(node.attr):
                self.refuse("RP015", node, f"the attribute {node.attr!r} cannot be part of a pattern")
            node = node.value

    def class_pattern(self, node: ast.MatchClass, depth: int, in_class: bool) -> None:  # noqa: FBT001 - internal
        self.compared(node.cls)
        for name in node.kwd_attrs:
            self.names_part(name, node)
            if names.normalise(name) in names.GUARDED:
                self.refuse("RP015", node, f"the attribute {name!r} cannot be part of a pattern")
        self.children(node, depth, in_class)


def _is_checked_when_read(name: str) -> bool:
    return names.normalise(name) in names.GUARDED or name == "__init__"


def is_field_name(name: str) -> bool:
    """True for names that C code may be told to look up in instances of a program's classes."""
    return name.isidentifier() and names.is_plain(name) and names.normalise(name) not in names.NEVER_FIELDS


def _may_read_special(node: ast.Attribute, name: str) -> bool:
    if type(node.ctx) is not ast.Load:
        return False
    if name in names.READABLE or name == "__init__":  # `Base.__init__` is checked at run time
        return True
    return name in names.DEFINABLE and is_super_call(node.value)


def is_super_call(node: ast.AST) -> bool:
    """True for `super()`; no program can bind that name, so it means what it says."""
    return type(node) is ast.Call and type(node.func) is ast.Name and node.func.id == "super"


_COMPREHENSIONS = frozenset({ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp})

_LOOK: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: _Checker.name,
    ast.Attribute: _Checker.attribute,
    ast.arg: _Checker.argument,
    ast.keyword: _Checker.keyword,
    ast.alias: _Checker.alias,
    ast.FunctionDef: _Checker.function,
    ast.ClassDef: _Checker.class_,
    ast.ExceptHandler: _Checker.handler,
    ast.Global: _Checker.declaration,
    ast.Nonlocal: _Checker.declaration,
    ast.Import: _Checker.import_,
    ast.ImportFrom: _Checker.import_from,
    ast.MatchAs: _Checker.capture,
    ast.MatchStar: _Checker.capture,
    ast.MatchMapping: _Checker.mapping_pattern,
    ast.MatchClass: _Checker.class_pattern,
}
