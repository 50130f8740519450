"""SafeDict: a dictionary of plain names, which hides what is not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.guest.safe_dict import SafeDict, visible, wrap

HIDDEN = ("__builtins__", "__name__", "super", "tb_next", "a__b")
NAMES = st.sampled_from(["a", "b", "c", "_d", "log"])


def test_given_globals_when_wrapped_then_hidden_names_are_neither_listed_nor_found_nor_lost() -> None:
    names: dict[str, Any] = {**dict.fromkeys(HIDDEN, 1), "x": 2}
    context = wrap(names)
    assert (context.keys(), context.values(), context.items(), len(context), list(context)) == (
        *(["x"], [2], [("x", 2)], 1, ["x"]),
    )
    assert type(context.keys()) is list
    assert visible(context.copy()) == {"x": 2}
    assert context.popitem() == ("x", 2)
    with pytest.raises(KeyError):
        context.popitem()
    context["y"] = 1
    context.clear()
    assert set(names) == set(HIDDEN)


@pytest.mark.parametrize("name", [*HIDDEN, "\uff3f\uff3fbuiltins\uff3f\uff3f"])
@pytest.mark.parametrize(
    "use",
    [
        lambda context, name: context[name],
        lambda context, name: context.get(name),
        lambda context, name: context.pop(name, None),
        lambda context, name: context.setdefault(name, 1),
        lambda context, name: context.__setitem__(name, 1),
        lambda context, name: context.__delitem__(name),
        lambda context, name: name in context,
        lambda context, name: context.has_key(name),
        lambda context, name: context.update({"fine": 1, name: 1}),
    ],
)
def test_given_a_name_of_the_interpreter_when_used_then_it_is_refused(
    name: str, use: Callable[[SafeDict, str], object]
) -> None:
    context = wrap({name: 1})
    with pytest.raises(ValueError, match="not part of Repy"):
        use(context, name)
    assert context.the__names == {name: 1}


class LyingText(str):
    __slots__ = ()


@pytest.mark.parametrize("key", [1, None, b"x", LyingText("x"), ("x",)])
def test_given_what_is_no_text_when_used_as_a_name_then_it_is_a_type_error(key: Any) -> None:
    for use in (SafeDict().get, SafeDict().__getitem__, lambda key: SafeDict({key: 1}), SafeDict().__contains__):
        with pytest.raises(TypeError):
            use(key)


def test_given_other_things_when_a_safedict_is_made_of_them_then_it_is_empty() -> None:
    assert SafeDict([("a", 1)]).keys() == SafeDict(5).keys() == SafeDict().keys() == []
    assert SafeDict({"__builtins__": 1, "__doc__": 2, "a": 3}).items() == [("a", 3)]
    assert SafeDict(SafeDict({"a": 1})) == SafeDict({"a": 1}) == {"a": 1}
    assert SafeDict({"a": 1}) != SafeDict({"a": 2})
    with pytest.raises(TypeError):
        SafeDict(a=1)  # type: ignore[call-arg]  # as in the reference
    assert not hasattr(SafeDict, "fromkeys")


def test_given_a_reference_to_itself_when_copied_or_shown_then_it_is_the_copys_own() -> None:
    context = SafeDict({"x": 1})
    context["me"] = context
    new = context.copy()
    assert new["me"] is new
    assert repr(new) == "SafeDict({'x': 1, 'me': SafeDict(...)})"
    assert copy.copy(context)["x"] == 1


def test_given_something_that_compares_when_compared_with_then_it_gets_the_safedict_and_not_what_is_behind() -> None:
    class Curious:
        __hash__ = None  # type: ignore[assignment]  # it has an __eq__

        def __eq__(self, other: object) -> bool:
            self.found = other
            return True

    curious, context = Curious(), wrap({"__builtins__": 1})
    assert context == curious
    assert curious.found is context


@given(st.lists(st.tuples(st.sampled_from(["set", "pop", "get", "default", "delete"]), NAMES, st.integers())))
def test_whatever_is_done_it_behaves_as_a_dict_does(steps: list[tuple[str, str, int]]) -> None:
    model: dict[str, int] = {}
    context = SafeDict()
    for what, name, value in steps:
        match what:
            case "set":
                model[name] = context[name] = value
            case "pop":
                assert context.pop(name, None) == model.pop(name, None)
            case "get":
                assert context.get(name, value) == model.get(name, value)
            case "default":
                assert context.setdefault(name, value) == model.setdefault(name, value)
            case _ if name in model:
                del model[name], context[name]
        assert context.items() == list(model.items())


def test_given_attributes_when_set_then_it_is_a_type_error() -> None:
    context = SafeDict()
    with pytest.raises(TypeError):
        context.x = 1  # refused
    with pytest.raises(TypeError):
        type("Mine", (SafeDict,), {})
