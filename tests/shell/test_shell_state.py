"""Saved state: what a shell knows, for another day and one key only."""

from pathlib import Path

import pytest
from tests.shell.offline import NO_PROFILE, OfflineShell, mode_of

from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair
from seattle.identity.sealing import seal
from seattle.shell.errors import StateBroken, Unfit
from seattle.shell.identities import Identity
from seattle.shell.lines import do_line
from seattle.shell.saving import load_state, save_state


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the shell is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def with_key(name: str, pair: KeyPair) -> OfflineShell:
    """A shell of another day, which has this key and nothing else."""
    shell = OfflineShell()
    shell.session.identities.add(Identity(name, pair.public, pair))
    return shell


def test_given_saved_state_when_loaded_another_day_then_all_is_as_it_was(folder: Path) -> None:
    shell = OfflineShell()
    pair = shell.knows("ann", "joe")
    shell.finds(3)
    (gone,) = shell.session.targets.resolve("%3")
    shell.session.targets.gone(gone.vessel.place)
    shell.session.kept["variables"] = {"port": "63100"}
    shell.do("add %2 to LAN", "on LAN", "as joe", "set timeout 7", "set showparse off", "savestate ~/monday")
    other = with_key("me", pair)
    load_state(other.session, folder / "monday", other.session.identities.get("me"), pair)
    assert other.session.prompt == "joe@LAN !> "
    assert other.do("show targets", "show identities", "show keys", "show timeout", "show showparse") == shell.do(
        "show targets", "show identities", "show keys", "show timeout", "show showparse"
    )
    assert other.session.kept == {"variables": {"port": "63100"}}
    assert other.session.identities.get("joe").pair == pair
    other.finds(1)
    assert other.group("%all") == [1, 2, 4]


def test_given_vessels_when_loaded_without_a_testbed_then_they_stay_known_and_the_reason_is_told(folder: Path) -> None:
    shell = OfflineShell()
    shell.knows("joe")
    shell.finds(2)
    shell.do("as joe", "savestate monday")
    shell.do("loadstate monday")
    assert (shell.group("%all"), NO_PROFILE in shell.notes) == ([1, 2], True)
    shell.do("set timeout 5", "savestate monday")


def test_given_saved_state_then_only_its_owner_can_read_the_file_and_no_key_is_in_it(folder: Path) -> None:
    shell = OfflineShell()
    pair = shell.knows("joe")
    shell.do("as joe savestate monday")
    assert mode_of(folder / "monday") == 0o600
    assert pair.seed not in (folder / "monday").read_bytes()
    assert b"joe" not in (folder / "monday").read_bytes()


def test_given_no_identity_when_state_is_saved_then_one_is_asked_for() -> None:
    text, hint = OfflineShell().refusal("savestate monday")
    assert text == "this command needs an identity"
    assert "`show identities` lists them" in hint


def test_given_the_wrong_key_when_state_is_loaded_then_it_is_told_which_is_right(folder: Path) -> None:
    shell = OfflineShell()
    shell.knows("ann", "joe")
    shell.do("as joe savestate monday")
    assert shell.refusal("as ann loadstate monday") == (
        "monday can't be opened by 'ann': it was saved with the key joe",
        "`loadkeys FILE` loads that key; then `as NAME loadstate FILE`",
    )


def test_given_a_file_with_one_bit_changed_anywhere_when_loaded_then_it_is_refused_and_nothing_changes(
    folder: Path,
) -> None:
    shell = OfflineShell()
    pair = shell.knows("joe")
    shell.finds(1)
    shell.do("as joe savestate monday")
    whole = (folder / "monday").read_bytes()
    other = with_key("joe", pair)
    for place in range(0, len(whole), 7):
        (folder / "monday").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(StateBroken):
            load_state(other.session, folder / "monday", other.session.identities.get("joe"), pair)
    assert other.do("show targets") == "%all  (empty)\n"


@pytest.mark.parametrize("plain", [b"", b"\x80", b"\xc1", b"\x81\xaaidentities\x01"])
def test_given_sealed_nonsense_when_loaded_then_it_is_refused(folder: Path, plain: bytes) -> None:
    shell = OfflineShell()
    pair = shell.knows("joe")
    box = seal(plain, sender=pair, recipient=pair.public)
    (folder / "monday").write_bytes(b"seash state 1 " + pair.id.encode() + b"\n" + box)
    with pytest.raises(StateBroken, match="can't be understood"):
        shell.do("as joe loadstate monday")


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "no saved state"), (b"127 4 2", "no saved state"), (b"seash state 2 x\n", "another version")],
)
def test_given_a_file_that_is_no_state_when_loaded_then_it_is_told(folder: Path, content: bytes, why: str) -> None:
    shell = OfflineShell()
    shell.knows("joe")
    (folder / "monday").write_bytes(content)
    with pytest.raises(StateBroken, match=why):
        shell.do("as joe loadstate monday")


def test_given_a_file_that_is_something_else_when_saving_then_it_is_not_replaced(folder: Path) -> None:
    shell = OfflineShell()
    shell.knows("joe")
    (folder / "program.py").write_text("print(1)\n")
    assert "something else than saved state" in shell.refusal("as joe savestate program.py")[0]
    assert (folder / "program.py").read_text() == "print(1)\n"


def test_given_a_folder_that_is_not_there_when_saving_then_the_file_that_was_asked_for_is_named(folder: Path) -> None:
    shell = OfflineShell()
    shell.knows("joe")
    error, _ = shell.refusal("as joe savestate nowhere/monday")
    assert error == "nowhere/monday: can't be written (No such file or directory)"
    assert list(folder.iterdir()) == []


def test_given_a_locked_key_when_saved_then_its_file_is_remembered_and_not_its_secret(folder: Path) -> None:
    shell = OfflineShell()
    pair = shell.knows("joe")
    save_key_pair(folder / "ann", KeyPair.generate(), b"open sesame")
    shell.do("loadkeys ann", "as joe savestate monday")
    other = with_key("joe", pair)
    load_state(other.session, folder / "monday", other.session.identities.get("joe"), pair)
    assert other.session.identities.get("ann").file == folder / "ann"


@pytest.mark.anyio
async def test_given_autosave_when_a_line_is_done_then_the_state_is_saved_for_the_default_identity(
    folder: Path,
) -> None:
    shell = OfflineShell()
    pair = shell.knows("joe")
    for line in ("set autosave on", "as joe", "set timeout 7"):
        await do_line(shell.session, line)
    other = with_key("joe", pair)
    load_state(other.session, folder / "autosave_joe", other.session.identities.get("joe"), pair)
    assert (other.session.settings.timeout, other.session.settings.autosave) == (7.0, True)


@pytest.mark.anyio
async def test_given_autosave_that_can_not_write_then_it_is_told_once_and_off(folder: Path) -> None:
    shell = OfflineShell()
    shell.knows("joe")
    (folder / "autosave_joe").mkdir()
    for line in ("as joe", "set autosave on", "set timeout 7", "set timeout 8"):
        await do_line(shell.session, line)
    assert (shell.session.settings.autosave, shell.session.settings.timeout) == (False, 8.0)
    assert shell.all_notes.count("autosave is off now") == 1


@pytest.mark.anyio
@pytest.mark.parametrize("remembered", ["a\udcff", object(), 2**70])
async def test_given_autosave_of_what_no_message_can_hold_then_it_is_told_and_the_shell_goes_on(
    folder: Path, remembered: object
) -> None:
    shell = OfflineShell()
    shell.knows("joe")
    shell.session.kept["module"] = remembered
    for line in ("as joe", "set autosave on", "set timeout 8"):
        await do_line(shell.session, line)
    assert "autosave is off now: what" in shell.all_notes
    assert (shell.session.settings.timeout, shell.session.settings.autosave) == (8.0, False)


def test_given_state_that_is_saved_when_saving_fails_then_the_old_one_is_whole(folder: Path) -> None:
    shell = OfflineShell()
    pair = shell.knows("joe")
    save_state(shell.session, folder / "monday", pair)
    before = (folder / "monday").read_bytes()
    shell.session.kept["broken"] = object()
    with pytest.raises(Unfit, match="what a module remembers"):
        save_state(shell.session, folder / "monday", pair)
    assert (folder / "monday").read_bytes() == before
