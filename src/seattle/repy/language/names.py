"""Which identifiers a program may use, and where.

Three kinds of name lead out of the language: names with an underscore pair (`__class__`, `__globals__`), names of
interpreter internals (`gi_frame`, `tb_next`, `mro`), and a few harmless words that reach something harmful on
some objects (`format` on strings). The first two are refused; the third are *guarded*: reading them costs a
check at run time, see `guards`.
"""

import types
import unicodedata

UNDERSCORE_PAIR = "__"


def words(text: str) -> tuple[str, ...]:
    """The words of a text: long tables of names read better without quotes and commas."""
    return tuple(text.split())


_ARITHMETIC = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor"

# Special methods that a class may define. None of them intercepts attribute access, takes part in making classes,
# pickles, runs at destruction, or receives an object that the program does not have already (`__exit__` would
# receive a traceback: the compiler takes it away).
DEFINABLE = frozenset(
    f"__{word}__"
    for word in (
        "init post_init call str repr bytes format hash bool int float complex index "
        "eq ne lt le gt ge neg pos abs invert round trunc floor ceil "
        "len length_hint contains iter next reversed getitem setitem delitem missing enter exit "
        + " ".join(f"{op} r{op} i{op}" for op in _ARITHMETIC.split())
    ).split()
) - {"__idivmod__"}

# Special names that may be read as attributes: plain text about a class or function.
READABLE = frozenset({"__name__", "__qualname__", "__doc__"})

# Special names that may stand alone: `if __name__ == "__main__"`, and the customary labels of a module.
BARE_READABLE = frozenset({"__name__", "__doc__", "__all__", "__version__", "__author__"})
BARE_WRITABLE = frozenset({"__all__", "__version__", "__author__"})

# In a class body these take a literal only: their strings become attribute names.
LITERAL_ONLY = frozenset({"__slots__", "__match_args__"})

# Reading one of these attributes is checked at run time.
#   format, format_map   str.format reads attributes named in its template
#   obj                  AttributeError.obj is whatever object the failing code held
#   mapping, groupindex  read-only views of a dict, which hand the dict itself to whatever they are compared with
GUARDED = frozenset({"format", "format_map", "obj", "mapping", "groupindex"})

# Those of them that reach something harmful on instances of classes that a program can inherit from. They can't be
# fields: C code reads fields by name, unchecked.
NEVER_FIELDS = frozenset({"format", "format_map", "obj"})

# Binding these would change what the checker believes about the code that uses them.
RESERVED = frozenset({"super"})

# No attribute with these prefixes is anything but an interpreter internal.
_INTERNAL_PREFIXES = ("gi_", "cr_", "ag_", "tb_", "_abc_")

_INTERNAL_TYPES = (
    types.FrameType,
    types.CodeType,
    types.TracebackType,
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
    types.CellType,
)
_HARMLESS_THERE = frozenset({"send", "throw", "close", "clear", "replace", "asend", "athrow", "aclose"})

# Read off the running interpreter, so that what a later Python adds to frames is refused there too; and listed, so
# that a program accepted here is not refused elsewhere.
INTERNAL = frozenset(name for kind in _INTERNAL_TYPES for name in dir(kind) if not name.startswith("__")).difference(
    _HARMLESS_THERE
) | frozenset(
    words(
        "f_back f_builtins f_code f_generator f_globals f_lasti f_lineno f_locals f_trace f_trace_lines "
        "f_trace_opcodes co_argcount co_branches co_cellvars co_code co_consts co_exceptiontable co_filename "
        "co_firstlineno co_flags co_freevars co_kwonlyargcount co_lines co_linetable co_lnotab co_name co_names "
        "co_nlocals co_positions co_posonlyargcount co_qualname co_stacksize co_varnames cell_contents "
        "func_closure func_code func_defaults func_dict func_globals im_class im_func im_self mro _dump_registry "
        "_add_alias_ _add_member_ _add_value_alias_ _boundary_ _check_for_existing_members_ _convert_ _create_ "
        "_find_data_repr_ _find_data_type_ _find_new_ _get_mixins_ _new_member_ _value_repr_"
    )
)


def normalise(name: str) -> str:
    """The form in which Python compares identifiers (NFKC): what a look-alike letter really means."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def is_internal(name: str) -> bool:
    """True for attribute names that reach interpreter internals. `name` is normalised."""
    return name in INTERNAL or name.startswith(_INTERNAL_PREFIXES)


def is_plain(name: str) -> bool:
    """True for names that are fine anywhere: as a variable, an attribute, a keyword or a field."""
    name = normalise(name)
    return UNDERSCORE_PAIR not in name and not is_internal(name)
