"""Variables: words that are typed once and used often."""

import pytest
from tests.shell.modules.shells import Shell

from seattle.shell.errors import NotUnderstood, Unfit
from seattle.shell.modules.bundled.variables import replaced
from seattle.shell.saving import load_state, save_state

pytestmark = pytest.mark.anyio

KNOWN = {"port": ["63100"], "args": ["a", "b c"], "x": ["1"]}


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("$port", ["63100"]),
        ("tcp:$port", ["tcp:63100"]),
        ("$port$/tcp", ["63100/tcp"]),
        ("$port$$x", ["631001"]),
        ("$port$x", ["63100x"]),
        ("$args", ["a", "b c"]),
        ("<$args$>", ["<a", "b c>"]),
        ("$$", ["$"]),
        ("$$port", ["$port"]),
        ("5$", ["5$"]),
        ("cost: 5$ or", ["cost: 5$ or"]),
        ("say $x now", ["say 1 now"]),
    ],
)
def test_given_a_word_with_variables_when_they_are_replaced_then_it_is_as_the_rules_say(
    word: str, words: list[str]
) -> None:
    assert replaced(word, KNOWN) == words


async def test_given_a_variable_when_a_line_uses_it_then_it_is_replaced_and_the_line_is_shown(shell: Shell) -> None:
    await shell.do("let which variables", "modulehelp $which")
    assert "variables: Words that are typed once" in shell.out.getvalue()
    assert "Parsed as: modulehelp variables\n" in shell.said


async def test_given_showparse_off_when_a_line_is_replaced_then_it_is_not_shown(shell: Shell) -> None:
    await shell.do("set showparse off", "let which variables", "modulehelp $which")
    assert "Parsed as" not in shell.said


async def test_given_variables_when_they_are_shown_then_each_has_its_value(shell: Shell) -> None:
    assert await shell.do("let b 2 3", "let a 'one word'", "show variables") == "a: 'one word'\nb: '2 3'\n"


async def test_given_a_variable_of_a_variable_when_it_is_made_then_it_has_the_value_of_that_moment(
    shell: Shell,
) -> None:
    assert await shell.do("let a 1", "let b $a 2", "let a 3", "show variables") == "a: '3'\nb: '1 2'\n"


async def test_given_a_value_with_blanks_when_it_is_used_then_it_is_one_word_still(shell: Shell) -> None:
    assert await shell.do("let a 'one word'", "let b $a", "show variables") == "a: 'one word'\nb: 'one word'\n"
    assert "Parsed as: let b 'one word'\n" in shell.said


async def test_given_a_variable_that_there_is_not_when_a_line_uses_it_then_the_error_names_it(shell: Shell) -> None:
    with pytest.raises(Unfit, match="there is no variable 'nothing'"):
        await shell.do("modulehelp $nothing")


async def test_given_a_comment_with_a_dollar_when_the_line_is_done_then_nobody_minds(shell: Shell) -> None:
    await shell.do("show variables # costs no $money")
    assert shell.said == ""


async def test_given_a_mistyped_setting_when_it_is_set_then_it_becomes_no_variable(shell: Shell) -> None:
    """Q21: in the reference, `set timeut 10` made a variable."""
    with pytest.raises(NotUnderstood) as refused:
        await shell.do("set timeut 10")
    assert refused.value.hint == "did you mean `set timeout`?"
    assert await shell.do("show variables") == ""


async def test_given_a_name_with_a_blank_when_a_variable_is_made_then_it_is_refused(shell: Shell) -> None:
    with pytest.raises(Unfit, match="can't be the name of a variable"):
        await shell.do("let 'a b' c")


async def test_given_variables_when_a_word_with_a_dollar_is_begun_then_their_names_are_offered(shell: Shell) -> None:
    await shell.do("let port 1", "let password 2", "let other 3")
    variables = shell.session.extensions["variables"]
    assert list(variables.complete(shell.session, ["run"], "a$po")) == ["a$port"]
    assert list(variables.complete(shell.session, ["run"], "po")) == []


async def test_given_variables_when_the_state_is_saved_and_loaded_then_they_are_there_again(shell: Shell) -> None:
    (identity,) = shell.session.identities
    assert identity.pair is not None
    file = shell.folder / "state"
    await shell.do("let args a 'b c'")
    save_state(shell.session, file, identity.pair)
    await shell.do("let args lost")
    load_state(shell.session, file, identity, identity.pair)
    assert await shell.do("show variables") == "args: 'a b c'\n"


@pytest.mark.parametrize("kept", ["text", 5, ["a"], {"a": "text"}, {"a": 5}, {5: ["b"]}, None])
async def test_given_a_saved_state_of_another_form_when_it_is_loaded_then_the_shell_works(
    shell: Shell, kept: object
) -> None:
    shell.session.kept["variables"] = kept
    await shell.do("let x 1")
    assert "x: '1'" in await shell.do("show variables")
