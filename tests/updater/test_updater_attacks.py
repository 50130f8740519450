"""What a hostile mirror, or one who has stolen some of the keys, can't do. Named as in the specification of TUF."""

import gzip
import json
import shutil
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version
from securesystemslib.formats import encode_canonical
from tests.updater.conftest import GRACE, Managers, Mirror, install, new_node, publish, sign_all
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from seattle.identity.keys import KeyPair
from seattle.updater.client import UpdateClient
from seattle.updater.errors import UpdateError, UpdateRefused, UpdateUnreachable
from seattle.updater.releases import ReleaseFolder
from seattle.updater.roles import Channel, tuf_key, tuf_signer

OLD = Version("0.1")
BOMB = 64 * 2**20  # bytes


def edited(file: Path, pairs: list[KeyPair], edit: Callable[[Any], None]) -> bytes:
    """Metadata with a change, signed by these."""
    metadata: Metadata[Any] = Metadata.from_file(str(file))
    edit(metadata.signed)
    metadata.signatures.clear()
    for pair in pairs:
        metadata.sign(tuf_signer(pair), append=True)
    return bytes(metadata.to_bytes())


def newest(releases: ReleaseFolder, name: str) -> Path:
    files = list(releases.metadata.glob(f"*.{name}.json"))
    return max(files, key=lambda file: int(file.name.partition(".")[0]))


def refused(node: UpdateClient, tmp_path: Path, kind: type[UpdateError] = UpdateRefused) -> None:
    with pytest.raises(kind):
        install(node, tmp_path)
    assert not list(tmp_path.glob("fetched-*")), "something was left to be installed"


def bundle_path(releases: ReleaseFolder) -> str:
    (bundle,) = (releases.targets / "stable").glob("*.bundle")
    return f"/targets/stable/{bundle.name}"


def test_arbitrary_installation_when_the_bundle_is_another(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, tmp_path: Path
) -> None:
    mirror.instead[bundle_path(releases)] = b"b4d bundle" * 100  # of the same size
    refused(node, tmp_path)


def test_arbitrary_installation_when_the_targets_are_signed_by_a_stranger(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, tmp_path: Path
) -> None:
    file = newest(releases, "targets")
    strangers = [KeyPair.generate(), KeyPair.generate()]
    mirror.instead[f"/metadata/{file.name}"] = edited(file, strangers, lambda signed: None)
    refused(node, tmp_path)


def test_endless_data_in_metadata(node: UpdateClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.instead["/metadata/timestamp.json"] = lambda: iter(lambda: b" " * 65536, b"")
    refused(node, tmp_path)
    assert mirror.sent < 8 * 2**20


def test_endless_data_in_a_bundle(node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, tmp_path: Path) -> None:
    mirror.instead[bundle_path(releases)] = lambda: iter(lambda: b"b" * 65536, b"")
    refused(node, tmp_path)
    assert mirror.sent < 8 * 2**20


def test_endless_data_in_what_is_packed_twice(node: UpdateClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.instead["/metadata/timestamp.json"] = gzip.compress(gzip.compress(b" " * BOMB))
    mirror.headers["/metadata/timestamp.json"] = {"Content-Encoding": "gzip, gzip"}
    tracemalloc.start()
    try:
        refused(node, tmp_path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < BOMB // 4


def forever(piece: bytes, *, pause: float = 0.0, first: bytes = b"") -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        yield first
        while True:
            time.sleep(pause)
            yield piece

    return pieces


def test_slow_retrieval_when_bytes_trickle_in(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, tmp_path: Path
) -> None:
    mirror.instead[bundle_path(releases)] = forever(b"b", pause=GRACE / 10)
    began = time.monotonic()
    refused(node, tmp_path, UpdateUnreachable)
    assert time.monotonic() - began < 20 * GRACE


def test_slow_retrieval_when_nothing_comes(node: UpdateClient, mirror: Mirror, tmp_path: Path) -> None:
    def silence() -> Iterator[bytes]:
        time.sleep(3 * GRACE)
        yield b""

    mirror.instead["/metadata/timestamp.json"] = silence
    refused(node, tmp_path, UpdateUnreachable)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HEADS = {
    "trickles in": forever(b"x", pause=GRACE / 10, first=b"HTTP/1.1 200 OK\r\nX: "),
    "is put off for ever": forever(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "of a part trickles in": forever(b"x", pause=GRACE / 10, first=CHUNKED + b"1;"),
    "of a part has no end of lines behind it": forever(b"X: y\r\n", first=CHUNKED + b"0\r\n"),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_slow_retrieval_when_the_head_of_an_answer_trickles_in_or_has_no_end(
    mirror: Mirror, releases: ReleaseFolder, tmp_path: Path, head: Callable[[], Iterator[bytes]]
) -> None:
    mirror.raw["/metadata/timestamp.json"] = head
    began = time.monotonic()
    refused(new_node(mirror, releases, tmp_path, grace=3 * GRACE / 10), tmp_path, UpdateUnreachable)
    assert time.monotonic() - began < 20 * GRACE


ANSWERS = {
    "is cut short": b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{",
    "is shorter than it says, by a sign": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{",
    "is of two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "has a part that is huge": CHUNKED + b"ffffffffffffffffffff\r\n{",
    "has a part that is no part": CHUNKED + b"-1\r\n{",
    "is no answer": b"SSH-2.0-OpenSSH_9.6\r\n",
    "is nothing": b"",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_malicious_mirror_when_an_answer_is_cut_short_or_no_answer(
    node: UpdateClient, mirror: Mirror, tmp_path: Path, answer: bytes
) -> None:
    mirror.raw["/metadata/timestamp.json"] = lambda: iter([answer])
    refused(node, tmp_path, UpdateError)


def resigned(file: Path, pairs: list[KeyPair], edit: Callable[[dict[str, Any]], object]) -> bytes:
    """Metadata with a change that the library would not make, signed all the same."""
    signed = json.loads(file.read_bytes())["signed"]
    edit(signed)
    data = str(encode_canonical(signed)).encode()
    signatures = [{"keyid": tuf_key(pair.public).keyid, "sig": pair.sign(data).hex()} for pair in pairs]
    return json.dumps({"signed": signed, "signatures": signatures}).encode()


ODD: dict[str, dict[str, Any]] = {
    "version 0": {"version": 0},
    "a version below 0": {"version": -1},
    "a version that is a word": {"version": "7"},
    "a version that is a list": {"version": [7]},
    "no version": {"version": None},
    "another kind": {"_type": "snapshot"},
    "a kind that is none": {"_type": {"timestamp": 1}},
    "a later specification": {"spec_version": "9.0.0"},
    "a specification that is none": {"spec_version": 1},
    "no end": {"expires": "never"},
    "an end that is a number": {"expires": 4102444800},
    "a snapshot below 0": {"meta": {"snapshot.json": {"version": -1}}},
    "a snapshot of length 0": {"meta": {"snapshot.json": {"version": 1, "length": 0}}},
    "a snapshot of odd digests": {"meta": {"snapshot.json": {"version": 1, "hashes": {"sha256": 5}}}},
    "a snapshot of no digest we know": {"meta": {"snapshot.json": {"version": 1, "hashes": {"rot13": "x"}}}},
    "no snapshot": {"meta": {}},
    "another file's": {"meta": {"../../root.json": {"version": 1}}},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_key_compromise_when_the_online_key_signs_what_is_no_timestamp(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path, odd: dict[str, Any]
) -> None:
    file = releases.metadata / "timestamp.json"
    mirror.instead["/metadata/timestamp.json"] = resigned(file, [managers.online], lambda signed: signed.update(odd))
    refused(node, tmp_path)


CUSTOM = [None, 1, [], ["version"], "1.5", {"version": None}, {"version": ["1.5"]}, {"version": "9" * 5000}]
CUSTOM += [{"version": f"1.{'0' * 100}1"}, {"version": "1.5/../../../evil"}, {"version": "1.5\n../x"}]


@pytest.mark.parametrize("custom", CUSTOM)
def test_key_compromise_when_all_who_sign_targets_name_no_version(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path, custom: Any
) -> None:
    file = newest(releases, "targets")

    def name(signed: dict[str, Any]) -> None:
        signed["targets"]["stable/bundle"]["custom"] = custom

    mirror.instead[f"/metadata/{file.name}"] = resigned(file, managers.targets, name)
    refused(node, tmp_path)


def serve_signed_twice(mirror: Mirror, releases: ReleaseFolder, managers: Managers, **changes: str) -> None:
    """Targets that one of two has signed, whose signature is there once more with these changes."""
    file = newest(releases, "targets")
    alone = json.loads(edited(file, managers.targets[:1], lambda signed: None))
    (signature,) = alone["signatures"]
    alone["signatures"].append({**signature, **changes})
    mirror.instead[f"/metadata/{file.name}"] = json.dumps(alone).encode()


def test_key_compromise_when_one_of_two_signs_under_the_id_of_the_other_too(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    serve_signed_twice(mirror, releases, managers, keyid=tuf_key(managers.targets[1].public).keyid)
    refused(node, tmp_path)


@pytest.mark.parametrize("role", ["root", "snapshot", "targets", "canary"])
def test_mix_and_match_when_metadata_of_another_role_are_served_as_the_timestamp(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, tmp_path: Path, role: str
) -> None:
    mirror.instead["/metadata/timestamp.json"] = newest(releases, role).read_bytes()
    refused(node, tmp_path)


def test_key_compromise_when_a_root_is_left_out_of_the_chain(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    def later(signed: Root) -> None:
        signed.version += 2

    mirror.instead["/metadata/2.root.json"] = edited(newest(releases, "root"), managers.root[:2], later)
    refused(node, tmp_path)


def test_malicious_mirror_when_what_is_known_of_it_was_replaced_by_links_then_nothing_is_written_through_them(
    node: UpdateClient, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    node.newest(OLD)
    own = tmp_path / "own"
    own.write_text("of the donor")
    for name in ("timestamp.json", "snapshot.json", "targets.json", "root.json"):
        link = tmp_path / "cache-stable" / name
        assert link.exists()
        link.unlink()
        link.symlink_to(own)
    publish(releases, managers, "1.5")
    assert install(node, tmp_path) == ("1.5", b"bundle 1.5" * 100)
    assert own.read_text() == "of the donor"


def test_rollback_when_an_old_timestamp_is_served(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    old = (releases.metadata / "timestamp.json").read_bytes()
    publish(releases, managers, "1.5")
    node.newest(OLD)
    mirror.instead["/metadata/timestamp.json"] = old
    refused(node, tmp_path)


def test_rollback_when_the_online_key_says_that_older_targets_are_newest(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    publish(releases, managers, "1.5")
    node.newest(OLD)
    file = newest(releases, "snapshot")
    number = int(file.name.partition(".")[0]) + 1

    def older(signed: Snapshot) -> None:
        signed.version = number
        signed.meta["targets.json"] = MetaFile(signed.meta["targets.json"].version - 1)

    mirror.instead[f"/metadata/{number}.snapshot.json"] = edited(file, [managers.online], older)
    mirror.instead["/metadata/timestamp.json"] = next_timestamp(releases, managers, number)
    refused(node, tmp_path)


def next_timestamp(releases: ReleaseFolder, managers: Managers, snapshot: int, *, more: int = 1) -> bytes:
    def point(signed: Timestamp) -> None:
        signed.version += more
        signed.snapshot_meta = MetaFile(snapshot)

    return edited(releases.metadata / "timestamp.json", [managers.online], point)


def test_rollback_when_release_managers_name_an_older_version_then_it_is_no_news(
    node: UpdateClient, tmp_path: Path
) -> None:
    assert install(node, tmp_path, installed="1.7") is None


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_indefinite_freeze_when_what_is_served_has_expired(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path, role: str
) -> None:
    file = releases.metadata / "timestamp.json" if role == "timestamp" else newest(releases, role)

    def expire(signed: Any) -> None:
        signed.expires = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)

    pairs = managers.targets if role == "targets" else [managers.online]
    mirror.instead[f"/metadata/{file.name}"] = edited(file, pairs, expire)
    refused(node, tmp_path)


def test_indefinite_freeze_when_the_root_has_expired(
    mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    def expire(signed: Root) -> None:
        signed.version += 1
        signed.expires = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)

    expired = edited(newest(releases, "root"), managers.root[:2], expire)
    mirror.instead["/metadata/2.root.json"] = expired
    refused(new_node(mirror, releases, tmp_path), tmp_path)


def test_mix_and_match_when_metadata_of_two_releases_are_served_together(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    former = newest(releases, "targets").read_bytes()
    publish(releases, managers, "1.6")
    mirror.instead[f"/metadata/{newest(releases, 'targets').name}"] = former
    refused(node, tmp_path)


def test_wrong_software_installation_when_the_canary_s_key_signs_a_stable_bundle(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    evil = tmp_path / "evil"
    evil.write_bytes(b"evil")

    def add(signed: Targets) -> None:
        target = TargetFile.from_data("stable/bundle", b"evil")
        target.unrecognized_fields["custom"] = {"version": "9.9"}
        signed.targets["stable/bundle"] = target

    file = newest(releases, "canary")
    mirror.instead[f"/metadata/{file.name}"] = edited(file, [managers.canary], add)
    assert install(node, tmp_path) == ("1.0", b"bundle 1.0" * 100)


def test_key_compromise_when_the_online_key_signs_targets(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    file = newest(releases, "targets")
    mirror.instead[f"/metadata/{file.name}"] = edited(file, [managers.online], lambda signed: None)
    refused(node, tmp_path)


def test_key_compromise_when_one_of_two_signs_the_targets_twice(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    serve_signed_twice(mirror, releases, managers)
    refused(node, tmp_path)


@pytest.mark.parametrize("stolen", [0, 1])
def test_key_compromise_when_a_root_appears_that_too_few_of_the_old_keys_sign(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path, stolen: int
) -> None:
    mallory = Managers(online=managers.online)
    usurped = ReleaseFolder(tmp_path / "usurped")
    shutil.copytree(releases.metadata.parent, usurped.metadata.parent)
    usurped.rotate(root=mallory.root_signers(), targets=mallory.target_signers(), online=mallory.online.public)
    metadata: Metadata[Root] = Metadata.from_file(str(usurped.staged / "root.json"))
    for pair in (*mallory.root, *managers.root[:stolen]):
        metadata.sign(tuf_signer(pair), append=True)
    mirror.instead["/metadata/2.root.json"] = metadata.to_bytes()
    refused(node, tmp_path)


def test_fast_forward_when_a_stolen_online_key_was_used_then_a_new_root_mends_it(
    node: UpdateClient, mirror: Mirror, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    number = int(newest(releases, "snapshot").name.partition(".")[0])
    mirror.instead["/metadata/timestamp.json"] = next_timestamp(releases, managers, number, more=10**6)
    node.newest(OLD)
    del mirror.instead["/metadata/timestamp.json"]
    refused(node, tmp_path)
    managers.online = KeyPair.generate()
    releases.rotate(root=managers.root_signers(), targets=managers.target_signers(), online=managers.online.public)
    sign_all(releases, managers)
    assert install(node, tmp_path) == ("1.0", b"bundle 1.0" * 100)


@pytest.mark.parametrize("status", [301, 302, 403, 500, 503])
def test_malicious_mirror_when_it_sends_us_elsewhere_or_nothing(
    node: UpdateClient, mirror: Mirror, tmp_path: Path, status: int
) -> None:
    mirror.status["/metadata/timestamp.json"] = status
    refused(node, tmp_path, UpdateUnreachable)


@pytest.mark.parametrize("text", [b"", b"{}", b"[" * 10_000, b"\xff\xfe", b'{"signed": 1, "signatures": []}', b"null"])
def test_malicious_mirror_when_metadata_are_nonsense(
    node: UpdateClient, mirror: Mirror, tmp_path: Path, text: bytes
) -> None:
    mirror.instead["/metadata/timestamp.json"] = text
    refused(node, tmp_path)


def test_malicious_mirror_when_nobody_listens(mirror: Mirror, releases: ReleaseFolder, tmp_path: Path) -> None:
    node = new_node(mirror, releases, tmp_path)
    mirror.close()
    refused(node, tmp_path, UpdateUnreachable)


def test_malicious_mirror_when_a_release_has_a_huge_bundle(
    node: UpdateClient, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(257 * 2**20)
    releases.release(Channel.STABLE, big, "3.0")
    sign_all(releases, managers)
    refused(node, tmp_path)
