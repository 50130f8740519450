"""RSA in Repy: keys of real randomness, OpenSSL's signatures and encryption, and the reference's formats."""

import functools
import hashlib
import random
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.lib.conftest import Run

PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), b"label")


@functools.cache
def key_of(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def halves(key: rsa.RSAPrivateKey) -> tuple[dict[str, int], dict[str, int]]:
    """The public and the private key, as the module has them."""
    numbers = key.private_numbers()
    return (
        {"e": numbers.public_numbers.e, "n": numbers.public_numbers.n},
        {"d": numbers.d, "p": numbers.p, "q": numbers.q},
    )


def with_key(bits: int = 1024, **more: Any) -> str:
    public, private = halves(key_of(bits))
    return f"import rsa\npublic, private = {public!r}, {private!r}\n" + "".join(
        f"{name} = {value!r}\n" for name, value in more.items()
    )


# 1025 bits: the encoded message is a whole number of bytes shorter than the modulus.
@pytest.mark.parametrize("bits", [1024, 1025, 1031, 2048])
def test_given_a_key_when_signing_then_openssl_and_repy_take_each_other_s_signatures(run: Run, bits: int) -> None:
    key = key_of(bits)
    messages = [b"", b"a message", bytes(1000)]
    theirs = [key.sign(message, PSS, hashes.SHA256()) for message in messages]
    program = with_key(bits, messages=messages, theirs=theirs) + (
        "for message, signature in zip(messages, theirs):\n"
        "    rsa.verify(public, signature, message)\n"
        "    print(rsa.sign(private, message).hex())\n"
    )
    for message, signature in zip(messages, run(program).split(), strict=True):
        key.public_key().verify(bytes.fromhex(signature), message, PSS, hashes.SHA256())


def test_given_a_signature_when_it_is_changed_or_another_s_then_it_is_refused(run: Run) -> None:
    other, _ = halves(rsa.generate_private_key(65537, 1024))
    program = with_key(other=other) + (
        "def refused(key, signature, message=b'pay 5'):\n"
        "    try:\n        rsa.verify(key, signature, message)\n    except rsa.BadSignature:\n        return True\n\n"
        "good = rsa.sign(private, b'pay 5')\n"
        "number = int.from_bytes(good, 'big')\n"
        "changed = [(number ^ 1 << bit).to_bytes(len(good), 'big') for bit in range(0, 8 * len(good), 9)]\n"
        "print(all(refused(public, signature) for signature in changed))\n"
        "print(refused(public, good, b'pay 50'), refused(other, good), refused(public, good[:-1]))\n"
        "print(refused(public, b'\\0' + good), refused(public, b''), refused(public, bytes(len(good))))\n"
        "print(refused(public, (number + public['n']).to_bytes(len(good) + 1, 'big')))\n"
        "print(refused(public, (public['n'] - number).to_bytes(len(good), 'big')))\n"
        "print(refused(public, good), good == rsa.sign(private, b'pay 5'))\n"
    )
    assert run(program).splitlines() == ["True", "True True True", "True True True", "True", "True", "None False"]


@pytest.mark.parametrize("bits", [1024, 1031])
def test_given_a_key_when_encrypting_then_openssl_and_repy_open_each_other_s(run: Run, bits: int) -> None:
    key = key_of(bits)
    most = (bits + 7) // 8 - 66
    data = [b"", b"hello", bytes(most)]
    theirs = [key.public_key().encrypt(one, OAEP) for one in data]
    program = with_key(bits, data=data, theirs=theirs) + (
        "for one, hidden in zip(data, theirs):\n"
        "    assert rsa.decrypt(private, hidden, b'label') == one\n"
        "    print(rsa.encrypt(public, one, b'label').hex())\n"
    )
    assert [key.decrypt(bytes.fromhex(hidden), OAEP) for hidden in run(program).split()] == data


def test_given_what_was_encrypted_otherwise_when_decrypted_then_there_is_one_answer_to_all(run: Run) -> None:
    program = with_key() + (
        "good = rsa.encrypt(public, b'hello')\n"
        "changed = [bytes([good[0] ^ 1]) + good[1:], good[:-1], good + b'x', bytes(128), b'',\n"
        "           good[:-1] + bytes([good[-1] ^ 1]),\n"
        "           rsa.encrypt(public, b'hello', b'label'), public['n'].to_bytes(128, 'big'),\n"
        "           pow(1 << 1016 | 5, public['e'], public['n']).to_bytes(128, 'big')]\n"
        "answers = set()\n"
        "for one in changed:\n"
        "    try:\n        print(rsa.decrypt(private, one))\n"
        "    except ValueError as why:\n        answers.add(str(why))\n"
        "print(answers)\n"
        "try:\n    rsa.encrypt(public, bytes(63))\nexcept ValueError as why:\n    print(why)\n"
    )
    assert run(program).splitlines() == [
        "{'this was not encrypted for this key'}",
        "this key can encrypt 62 bytes at most, not 63",
    ]


def test_given_new_keys_when_made_then_openssl_takes_them_and_no_two_share_a_prime(run: Run) -> None:
    program = (
        "import rsa\n"
        "for _ in range(3):\n    public, private = rsa.rsa_gen_pubpriv_keys(1024)\n"
        "    assert rsa.rsa_matching_keys(private, public)\n"
        "    print(*public.values(), *private.values())\n"
    )
    primes = set()
    for line in run(program).splitlines():
        e, n, d, p, q = map(int, line.split())
        assert n.bit_length() == 1024
        primes |= {p, q}
        public = rsa.RSAPublicNumbers(e, n)
        dp, dq, qi = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
        rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key()  # checks that all of it fits
    assert len(primes) == 6


def test_given_numbers_when_asked_for_primes_then_impostors_are_known(run: Run) -> None:
    # Carmichael numbers, a product of two primes that passes for many fixed bases, squares, and a Mersenne prime.
    composite = [
        *(-7, 0, 1, 4, 9, 561, 41041, 825265, 2047, 3215031751, 3825123056546413051, 1999**2, 2003**2, 2003 * 2011),
        # Arnault's: it passes Miller and Rabin's test for every prime base below 307.
        int(
            "2887148238050771212671429597130393991977609459279722700926516024197432303799152733116328983144639225941977803"
            "110929349655578418949441740933805615113979999421542416933972905423711002751042080134966731755152859226962916"
            "775325475044445856101949404200039904432116776619949629539250452698719329070373564032273701278453899126120309"
            "244841494728976885406024976768122077071687938121709811322297802059565867"
        ),
    ]
    prime = [2, 3, 1999, 2003, 2**127 - 1, 2**521 - 1]
    program = (
        f"import rsa\nprint([n for n in {composite!r} if rsa.is_prime(n)])\n"
        f"print(all(rsa.is_prime(n) for n in {prime!r}))\n"
        "print([n for n in range(60) if rsa.is_prime(n)])\n"
    )
    assert run(program).splitlines() == [
        "[]",
        "True",
        "[2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59]",
    ]


def test_given_the_reference_s_blocks_when_made_then_they_are_as_specified(run: Run) -> None:
    public, private = halves(key_of(1024))
    message = b"\0" + bytes(range(256)) + b"\0"
    blocks = [b"\1" + message[start : start + 126] for start in range(0, len(message), 126)]

    def to_the_power(exponent: int) -> str:
        return "".join(f" {pow(int.from_bytes(block, 'big'), exponent, public['n'])}" for block in blocks)

    hidden, signed = to_the_power(public["e"]), to_the_power(private["d"])
    program = with_key(message=message, hidden=hidden, signed=signed) + (
        "print(rsa.rsa_encrypt(message, public) == hidden, rsa.rsa_sign(message, private) == signed)\n"
        "print(rsa.rsa_decrypt(hidden, private) == message, rsa.rsa_verify(signed.encode(), public) == message)\n"
        "print(rsa.rsa_encrypt('', public) == '', rsa.rsa_decrypt(rsa.rsa_encrypt('caf\\u00e9', public), private))\n"
    )
    assert run(program).splitlines() == ["True True", "True True", r"True b'caf\xc3\xa9'"]


def test_given_what_is_no_message_when_the_reference_s_calls_read_it_then_a_value_error_says_so(run: Run) -> None:
    program = with_key() + (
        "for text in (' 12', ' x', ' -5', f' {public[\"n\"]}', ' ' + '9' * 5000, ' \\u0663', ' 0'):\n"
        "    for read, key in ((rsa.rsa_verify, public), (rsa.rsa_decrypt, private)):\n"
        "        try:\n            print(read(text, key))\n        except ValueError:\n            pass\n"
        "for key in ({}, {'e': 3}, {'e': '3', 'n': 7}, {'e': 9, 'n': 7}, None, {'e': True, 'n': 77}):\n"
        "    assert not rsa.rsa_is_valid_publickey(key) and not rsa.rsa_is_valid_privatekey(key)\n"
        "    try:\n        print(rsa.rsa_encrypt(b'x', key))\n    except ValueError:\n        pass\n"
        "assert not rsa.rsa_is_valid_privatekey({**private, 'p': private['p'] + 2})\n"
        "assert not rsa.rsa_matching_keys(private, {**public, 'n': public['n'] + 2})\n"
        "assert not rsa.rsa_matching_keys({**private, 'd': private['d'] + 2}, public)\n"
        "print('all refused')\n"
    )
    assert run(program) == "all refused\n"


def test_given_keys_when_written_to_text_and_files_then_they_are_read_again(run: Run) -> None:
    public, private = halves(key_of(1024))
    program = with_key() + (
        "print(rsa.rsa_publickey_to_string(public))\nprint(rsa.rsa_privatekey_to_string(private))\n"
        "rsa.rsa_publickey_to_file(public, 'me.publickey')\nrsa.rsa_privatekey_to_file(private, 'me.privatekey')\n"
        "print(rsa.rsa_file_to_publickey('me.publickey') == public)\n"
        "print(rsa.rsa_file_to_privatekey('me.privatekey') == private, open('me.publickey').read())\n"
        "for text in ('', '1', 'a b', '3 2', '1 2 3', '-3 77', '9' * 5000 + ' 1'):\n"
        "    try:\n        print(rsa.rsa_string_to_publickey(text))\n    except ValueError:\n        pass\n"
    )
    text = f"{public['e']} {public['n']}"
    assert run(program).splitlines() == [
        text,
        f"{private['d']} {private['p']} {private['q']}",
        "True",
        f"True {text}",
    ]


def test_given_the_reference_s_hashes_when_taken_then_they_are_sha_1_and_md5(run: Run) -> None:
    data = random.Random(1).randbytes(200)
    program = (
        "s, m = dy_import_module('sha.r2py'), dy_import_module('md5py.r2py')\n"
        f"data = {data!r}\nh, g = s.sha_new(data[:9]), m.md5py_new()\nh.update(data[9:])\ng.update(data)\n"
        "print(h.hexdigest(), s.sha_hexhash(data), s.sha_hash(data).hex(), s.sha256_hexhash(data))\n"
        "print(g.hexdigest(), g.copy().digest().hex(), m.md5py_md5('abc').hexdigest())\n"
    )
    sha1, md5 = hashlib.sha1(data).hexdigest(), hashlib.md5(data).hexdigest()
    assert run(program).split() == [
        *[sha1] * 3,
        hashlib.sha256(data).hexdigest(),
        md5,
        md5,
        "900150983cd24fb0d6963f7d28e17f72",  # RFC 1321, appendix A.5
    ]
