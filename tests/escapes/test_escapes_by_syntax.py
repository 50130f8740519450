"""Attacks that show in the text: every place in Python's grammar where a name can hide, and every name worth hiding."""

import sys
from collections.abc import Callable

import pytest

from seattle.repy.language.names import words

# Each of these has led out of some sandbox, or would show what is not the program's.
ATTRIBUTES = words(
    "__abstractmethods__ __annotations__ __args__ __base__ __cached__ __closure__ __file__ __get__ __getattribute__ "
    "__init_subclass__ __kwdefaults__ __loader__ __module__ __mro__ __new__ __notes__ __objclass__ __origin__ "
    "__orig_bases__ __orig_class__ __package__ __parameters__ __path__ __prepare__ __reduce__ __reduce_ex__ __self__ "
    "__self_class__ __set__ __setstate__ __signature__ __slots__ __spec__ __static_attributes__ __subclasshook__ "
    "__subclasscheck__ __suppress_context__ __text_signature__ __thisclass__ __type_params__ __weakref__ __wrapped__ "
    "ag_await ag_code ag_running co_names co_positions co_varnames cr_await cr_code cr_origin cr_running f_code "
    "f_lasti f_lineno f_locals f_trace func_closure func_code func_globals gi_running gi_suspended im_class im_func "
    "im_self tb_lasti tb_lineno"
)
METHODS = words(
    "__aenter__ __aexit__ __aiter__ __anext__ __annotate__ __await__ __buffer__ __build_class__ __class__ __copy__ "
    "__delattr__ __delete__ __dir__ __fspath__ __getinitargs__ __getnewargs__ __getnewargs_ex__ __getstate__ "
    "__objclass__ __release_buffer__ __replace__ __setstate__ __sizeof__ __subclasscheck__ __subclasshook__ "
    "__typing_subst__ __typing_prepare_subst__ __wrapped__"
)

PLACES = {
    "exception group syntax": "try: pass\nexcept* ValueError as e: win(e)",
    "decorators that read and run": "@exec\n@input\nclass X: pass",
    "decorator that compiles": "@compile\ndef f(): pass",
    "subscript of a class that runs": "class A: __class_getitem__ = eval\nA['1']",
    "subscript that runs": "class A: __getitem__ = exec\nA()['win(1)']",
    "special name in a comprehension in a class": "class A: x = [__class__ for _ in [0]]",
    "special name in a lambda in a class": "class A: f = lambda: __class__",
    "special name in a comprehension in a method": "class A:\n    def f(self): return [__class__ for x in [0]]",
    "nested format strings": "win(f'{f\"{().__class__}\"}')",
    "format string that shows its source": "win(f'{().__class__=}')",
    "format string with a conversion": "win(f'{().__class__!r}')",
    "walrus": "(x := 1).__class__",
    "slice": "x[a.__class__:]",
    "star arguments": "f(*x.__class__, **y.__dict__)",
    "chained comparison": "1 < x.__class__ < 2",
    "message of an assertion": "assert 0, x.__class__",
    "raise from": "raise x from y.__cause__",
    "with": "with x.__class__ as c: pass",
    "target of a with": "with x as y.__class__: pass",
    "guard of a case": "match x:\n    case _ if x.__class__: pass",
    "value in a case": "match x:\n    case y.__class__: pass",
    "class in a case": "match x:\n    case y.__class__(): pass",
    "key in a case": "match x:\n    case {y.__class__: 1}: pass",
    "kind of an except": "try: pass\nexcept x.__class__: pass",
    "unpacking": "[x.__class__, *y.__dict__] = z",
    "augmented assignment": "x.__dict__ |= {}",
    "annotated assignment": "x.__class__: int = y",
    "annotation of a variable": "x: y.__class__",
    "annotation of a result": "def f() -> x.__class__: pass",
    "default of a lambda": "lambda x=y.__class__: 0",
    "iterable of a comprehension": "[1 for x in y.__class__]",
    "condition of a comprehension": "[1 for x in y if x.__class__]",
    "value of a dict comprehension": "{x: x.__class__ for x in y}",
    "yield": "def f(): yield x.__class__",
    "yield from": "def f(): yield from x.__class__",
    "del of a subscript": "del x[y.__class__]",
    "conditional expression": "x if y.__class__ else z",
    "global": "global __builtins__",
    "type parameter with a bound": "def f[T: ().__class__](x): pass",
    "type parameter of a class": "class A[T: int]: pass",
    "type statement": "type X = ().__class__",
    "owner of a builtin": "win(print.__self__)",
    "globals of a function of ours": "win(open.__globals__)",
    "exit": "exit()",
    "help": "help()",
    "long s": "win(x.__cla\u017f\u017f__)",
    "ligature": "win(x.__de\ufb01ned__)",
    "superscript letter": "win(x.\u1d9co_code)",
    "module in full-width letters": "import \uff43types",
    "builtin in full-width letters": "\uff45val('1')",
    "parameter in full-width letters": "def f(\uff3f\uff3fbuiltins\uff3f\uff3f): pass",
    "keyword in full-width letters": "f(\uff3f\uff3fclass\uff3f\uff3f=1)",
    "pattern in full-width letters": "match x:\n    case object(\uff3f\uff3fclass\uff3f\uff3f=c): pass",
    "slot in full-width letters": "class A: __slots__ = ('\uff3f\uff3fclass\uff3f\uff3f',)",
    "method in full-width letters": "class A:\n    def \uff3f\uff3fgetattr\uff3f\uff3f(self, n): win(n)",
    "template in full-width letters": "win('{0.\uff3f\uff3fclass\uff3f\uff3f}'.format(1))",
    "continued line": "win(x.\\\n__class__)",
    "comment before the name": "win((x. # nothing here\n  __class__))",
    "form feed": "\x0cwin(x.__class__)",
    "carriage return after a comment": "# a comment\rwin(x.__class__)",
    "line separator that is none for Python": "# a comment\u2028\nwin(x.__class__)",
    "byte order mark": "\ufeffwin(x.__class__)",
    "several statements in a line": "x = 1; y = 2; win(x.__class__)",
    "deep in brackets": "win(((((([{(x.__class__,): 1}]))))))",
}


@pytest.mark.parametrize("source", PLACES.values(), ids=PLACES)
def test_given_a_name_that_hides_in_the_grammar_then_the_checker_finds_it(
    refuse_as_text: Callable[[str], None], source: str
) -> None:
    refuse_as_text(source)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_given_an_attribute_that_leads_out_when_read_or_written_then_the_checker_refuses(
    refuse_as_text: Callable[[str], None], win_nothing: Callable[[str], None], name: str
) -> None:
    for source in (f"win(x.{name})", f"x.{name} = 1", f"del x.{name}", f"win('{{0.{name}}}'.format(x))"):
        refuse_as_text(source)
    victims = "lambda: 0", "(x for x in ())", "ValueError('x')", "int", "list[int]", "super(bool, True)", "''.join"
    for victim in victims:
        win_nothing(f"win(getattr({victim}, {name!r}))")


@pytest.mark.parametrize("name", METHODS)
def test_given_a_method_that_takes_part_in_the_interpreters_work_then_a_class_cannot_define_it(
    refuse_as_text: Callable[[str], None], name: str
) -> None:
    for source in (
        f"class A:\n    def {name}(self, *a): win(a)",
        f"class A:\n    {name} = win",
        f"class A:\n    @property\n    def {name}(self): win(self)",
        f"class A: pass\nA.{name} = win",
    ):
        refuse_as_text(source)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="before Python 3.12 quotes end an f-string")
@pytest.mark.parametrize(
    "source", ["win(f'{f'{().__class__}'}')", "win(f'{x!r:{f'{().__class__}'}}')", "win(f'{\n().__class__\n}')"]
)
def test_given_quotes_within_a_format_string_when_a_name_hides_there_then_the_checker_finds_it(
    refuse_as_text: Callable[[str], None], source: str
) -> None:
    refuse_as_text(source)
