"""From checked program text to code. What the checker can't decide is rewritten into a check at run time.

Only guarded names are touched (see `names.GUARDED`), imports, and the first lines of `__exit__`; everything else
compiles to the bytecode that plain Python would have.
"""

import ast
import warnings
from types import CodeType
from typing import TypeVar

from seattle.repy.language import names
from seattle.repy.language.check import is_super_call, parse
from seattle.repy.language.rules import EXPLANATIONS
from seattle.repy.language.violations import CodeUnsafe, Violation

# The names under which `builtins.safe_builtins` offers the run-time checks. No program can say them.
READ_GUARDED = "__repy_read__"
READ_INIT = "__repy_init__"
READ_SUPER = "__repy_super__"
FORMAT = "__repy_format__"
STRIP = "__repy_strip__"
IMPORT_FROM = "__repy_import_from__"
IMPORT_AS = "__repy_import_as__"

_Node = TypeVar("_Node", bound=ast.AST)

_CO_FUTURE_ANNOTATIONS = 0x1000000  # __future__.annotations.compiler_flag


def compile_program(source: str, filename: str) -> CodeType:
    """Check the text and compile it for a namespace whose `__builtins__` come from `safe_builtins`.

    Raises CodeUnsafe with every violation. Needs about a megabyte of C stack for deeply nested text.
    """
    tree, violations = parse(source, filename)
    if violations or tree is None:
        raise CodeUnsafe(filename, violations)
    flags = _take_future(tree)
    _rewrite(tree)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code: CodeType = compile(tree, filename, "exec", flags=flags, dont_inherit=True)
            return code
    except SyntaxError as error:  # what only the compiler finds: `return` outside a function, a stray `break`
        line, column = error.lineno or 1, error.offset or 1
        violation = Violation(line=line, column=column, code="RP000", message=f"not Python: {error.msg}")
    except (RecursionError, MemoryError, ValueError, OverflowError):
        violation = Violation(line=1, column=1, code="RP022", message=EXPLANATIONS["RP022"].title)
    raise CodeUnsafe(filename, [violation])


def _take_future(tree: ast.Module) -> int:
    """Remove `from __future__ import annotations`, which would import at run time; return the flag it stands for."""
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    for node in future:
        tree.body.remove(node)
    return _CO_FUTURE_ANNOTATIONS if future else 0


def _rewrite(tree: ast.Module) -> None:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, ast.AST):
                replaced = _replace(value)
                if replaced is not value:
                    setattr(node, field, replaced)
                waiting.append(replaced)
            elif type(value) is list:
                value[:] = [_replace(item) if isinstance(item, ast.AST) else item for item in value]
                waiting.extend(item for item in value if isinstance(item, ast.AST))
        if type(node) is ast.ClassDef:
            _strip_exits(node)


def _replace(node: ast.AST) -> ast.AST:
    kind = type(node)
    if kind is ast.Attribute:
        return _replace_attribute(node)  # type: ignore[arg-type]  # kind says what it is
    if kind is ast.Import:
        return _replace_import(node)  # type: ignore[arg-type]  # as above
    if kind is ast.ImportFrom:
        return _replace_import_from(node)  # type: ignore[arg-type]  # as above
    if kind is ast.Call:
        _replace_format(node)  # type: ignore[arg-type]  # as above
    return node


def _replace_attribute(node: ast.Attribute) -> ast.AST:
    if type(node.ctx) is not ast.Load or getattr(node, "checked", False):
        return node
    name = names.normalise(node.attr)
    if name in names.GUARDED:
        return _at(node, _call(READ_GUARDED, node.value, ast.Constant(name)))
    if is_super_call(node.value):
        if name in names.DEFINABLE:
            return _at(node, _call(READ_SUPER, node.value, ast.Constant(name)))
    elif name == "__init__":
        return _at(node, _call(READ_INIT, node.value))
    return node


def _replace_format(node: ast.Call) -> None:
    """`x.format(...)` becomes one call, not two; `"...".format(...)` stays, since the checker has read the template."""
    function = node.func
    if type(function) is not ast.Attribute or names.normalise(function.attr) not in {"format", "format_map"}:
        return
    template = function.value
    if type(template) is ast.Constant and type(template.value) is str:
        function.checked = True  # type: ignore[attr-defined]  # a mark for _replace_attribute, not for Python
    elif function.attr == "format":
        node.func = ast.copy_location(ast.Name(FORMAT, ast.Load()), function)
        node.args.insert(0, template)


def _replace_import(node: ast.Import) -> ast.AST:
    """`import a.b as c` reads attribute `b`, behind our back, on newer and older Pythons in different ways.

    It becomes `c = import_as("a.b")`; what binds the top module only stays what it is.
    """
    if not any(alias.asname and "." in alias.name for alias in node.names):
        return node
    targets: list[ast.expr] = []
    values: list[ast.expr] = []
    for alias in node.names:
        if alias.asname:
            targets.append(ast.Name(alias.asname, ast.Store()))
            values.append(_call(IMPORT_AS, ast.Constant(alias.name)))
        else:
            targets.append(ast.Name(alias.name.partition(".")[0], ast.Store()))
            values.append(_call("__import__", ast.Constant(alias.name)))
    return _at(node, _assign(targets, values))


def _replace_import_from(node: ast.ImportFrom) -> ast.AST:
    """`from m import a` falls back to the interpreter's own table of modules when `m` has no `a`.

    It becomes `(a,) = import_from("m", ("a",))`, which has no such fallback.
    """
    wanted = [alias.name for alias in node.names]
    targets: list[ast.expr] = [ast.Name(alias.asname or alias.name, ast.Store()) for alias in node.names]
    names_wanted = ast.Tuple([ast.Constant(name) for name in wanted], ast.Load())
    value = _call(IMPORT_FROM, ast.Constant(node.module), names_wanted)
    return _at(node, ast.Assign([ast.Tuple(targets, ast.Store())], value))


def _strip_exits(node: ast.ClassDef) -> None:
    """Let every `__exit__` of the class forget the traceback before its first line runs."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        part = waiting.pop()
        if type(part) is ast.FunctionDef:
            if names.normalise(part.name) == "__exit__":
                _strip_exit(part)
        elif isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case) and type(part) is not ast.ClassDef:
            waiting.extend(ast.iter_child_nodes(part))


def _strip_exit(node: ast.FunctionDef) -> None:
    arguments = node.args
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    forgotten = positional[3:4] or ([arguments.vararg.arg] if arguments.vararg else [])
    for name in forgotten:  # none or one
        value: ast.expr = _call(STRIP, ast.Name(name, ast.Load())) if arguments.vararg else ast.Constant(None)
        first = 0 if ast.get_docstring(node, clean=False) is None else 1
        node.body.insert(first, _at(node.body[0], ast.Assign([ast.Name(name, ast.Store())], value)))


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def _assign(targets: list[ast.expr], values: list[ast.expr]) -> ast.Assign:
    return ast.Assign([ast.Tuple(targets, ast.Store())], ast.Tuple(values, ast.Load()))


def _at(place: ast.AST, node: _Node) -> _Node:
    """`node`, and whatever in it has no place in the text yet, at the place of another node."""
    ast.copy_location(node, place)
    waiting: list[ast.AST] = [node]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if "lineno" in child._attributes and not hasattr(child, "lineno"):
                ast.copy_location(child, place)
                waiting.append(child)
    return node
