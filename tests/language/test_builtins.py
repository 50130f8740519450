import builtins as python
import types
from collections.abc import Callable

import pytest

from seattle.repy.language.builtins import safe_builtins
from seattle.repy.language.guards import read_super
from seattle.repy.language.immutable import is_frozen
from seattle.repy.language.rules import BUILTIN_ADVICE

Run = Callable[..., list[str]]  # a program in, what it printed out


LEFT_OUT = {*BUILTIN_ADVICE, "copyright", "credits", "license", "open", "print"}  # the last two come from the caller


def test_every_builtin_of_this_python_is_offered_or_left_out_on_purpose() -> None:
    public = {name for name in vars(python) if not name.startswith("_")}
    assert public - set(safe_builtins({})) - LEFT_OUT <= {"PythonFinalizationError", "True", "False", "None"}


def test_nothing_left_out_is_offered() -> None:
    assert not LEFT_OUT & set(safe_builtins({}))


def test_given_extra_names_then_they_are_offered_and_win() -> None:
    mapping = safe_builtins({"log": 1, "TimeoutError": 2})
    assert (mapping["log"], mapping["TimeoutError"]) == (1, 2)


def test_given_two_namespaces_then_they_share_no_mapping_and_no_python_function() -> None:
    one, other = safe_builtins({}), safe_builtins({})
    assert one is not other
    visible = [name for name in one if not name.startswith("__")]
    functions = [name for name in visible if isinstance(one[name], types.FunctionType)]
    assert functions
    assert not [name for name in functions if one[name] is other[name]]


def test_no_offered_value_is_a_module_or_a_metaclass_or_a_class_that_can_be_changed() -> None:
    for name, value in safe_builtins({}).items():
        assert not isinstance(value, types.ModuleType), name
        assert not (isinstance(value, type) and issubclass(value, type)), name
        assert not isinstance(value, type) or is_frozen(value), name


@pytest.mark.parametrize("name", ["getattr", "hasattr", "setattr", "delattr"])
def test_given_a_name_that_is_not_plain_text_then_it_is_a_type_error(run: Run, name: str) -> None:
    arguments = {"getattr": "1, S('real')", "hasattr": "1, 3", "setattr": "A, S('x'), 1", "delattr": "A, None"}[name]
    assert run(
        f"class S(str): pass\nclass A: pass\ntry: {name}({arguments})\nexcept TypeError as e: print('refused')"
    ) == ["refused"]


def test_hasattr_answers_for_special_methods_and_denies_the_rest(run: Run) -> None:
    assert run("print(hasattr([], '__len__'), hasattr(1, '__len__'), hasattr(1, '__class__'))") == ["True False False"]


def test_type_tells_classes_and_hides_those_that_make_things(run: Run) -> None:
    assert run(
        "f = lambda: 0\ng = (x for x in ())\nprint(type(f).__name__, type(f) is type(print), isinstance(f, type(f)))\n"
        "print(type(g).__name__, type(type(f)) is type, isinstance(3, type(f)), type[int] is type)\n"
        "try: type(f)()\nexcept TypeError as e: print(e)"
    ) == ["function True True", "generator True False True", "cannot create 'function' instances"]


def test_given_a_name_that_is_not_there_then_it_is_a_name_error(run: Run) -> None:
    assert run("try: nothing\nexcept NameError as e: print(e)") == ["name 'nothing' is not defined"]


@pytest.mark.parametrize(
    ("parent", "name"), [((), "__len__"), (property(), "__init__"), (super(bool, True), "__class__")]
)
def test_given_what_is_no_super_or_no_name_for_programs_then_nothing_special_of_it_is_read(
    parent: object, name: str
) -> None:
    with pytest.raises(AttributeError, match="not part of Repy"):
        read_super(parent, name)
