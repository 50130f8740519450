"""Affix as programs of the reference know it: its files, its kind of component, its sockets."""

import pytest
from tests.lib.affix_programs import PAIR
from tests.lib.conftest import Run

OLD = f"""{PAIR}
stacks = dy_import_module("affix_stack.r2py")
base = dy_import_module("baseaffix.r2py")

class ShiftAffix(base.BaseAffix):
    # As the reference's components: one method for each call on a socket.
    def socket_send(self, sock, data):
        shift = int(self.affix_context["optional_args"][0])
        return self.peek().socket_send(sock, bytes((byte + shift) % 256 for byte in data))
    def socket_recv(self, sock, numbytes):
        data = self.peek().socket_recv(sock, numbytes)
        return bytes((byte - int(self.affix_context["optional_args"][0])) % 256 for byte in data)

class CountAffix(base.BaseAffix):
    sent = 0
    def socket_send(self, sock, data):
        self.sent += 1
        return super().socket_send(sock, data)

class BottomAffix(base.BaseAffix):
    pass

for each in (ShiftAffix, CountAffix, BottomAffix):
    affix.register(each, each.__name__)
"""


def test_given_components_of_the_reference_s_kind_when_stacked_then_one_socket_is_below_and_each_is_called_once(
    run: Run,
) -> None:
    told = run(
        f"""{OLD}
stack = "(CountAffix)(ShiftAffix,1)(ShiftAffix,2)(BottomAffix)"
one, other = pair(stack, stack)
send(one, b"abc")
raw = until(other._socket.recv, 3)
print(raw, type(other._socket).__name__, one._affix_object.sent, other._affix_object.sent)
send(other, b"abc")
print(receive(one, 3), other._affix_object.sent, affix.AffixStack(stack).get_advertisement_string() == stack)
print(one.close(), other.close())
"""
    )
    assert told == "b'def' Connection 1 0\nb'abc' 1 True\nTrue True\n"


def test_given_a_component_of_the_reference_s_kind_over_and_under_a_new_one_when_used_then_both_do_their_work(
    run: Run,
) -> None:
    told = run(
        f"""{OLD}
stack = "(ShiftAffix,1)(CompressionAffix)(ShiftAffix,2)(BottomAffix)"
one, other = pair(stack, stack)
send(one, b"abc")
print(receive(other, 3))
"""
    )
    assert told == "b'abc'\n"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("affix_exceptions", "AffixConfigError"),
        ("affix_repy_network_api_wrapper", "RepyNetworkAPIWrapper"),
        ("affix_stack", "AffixStack"),
        ("affix_wrapper_lib", "AffixTCPServerSocket"),
        ("baseaffix", "BaseAffix"),
        ("canihear", "check_random_port"),
        ("coordinationaffix", "CoordinationAffix"),
        ("loggingaffix", "LoggingAffix"),
        ("makemehearaffix", "MakeMeHearAffix"),
        ("namingandresolveraffix", "NamingAndResolverAffix"),
        ("noopaffix", "NoopAffix"),
        ("tcp_relay", "Relay"),
        ("tcprelayaffix", "TCPRelayAffix"),
    ],
)
def test_given_the_reference_s_file_when_it_is_linked_then_its_name_is_there(run: Run, file: str, name: str) -> None:
    assert run(f"print(hasattr(dy_import_module('{file}.r2py'), {name!r}))") == "True\n"


def test_given_the_reference_s_files_when_they_are_linked_then_their_exceptions_are_the_same(run: Run) -> None:
    told = run(
        """
stacks, errors = dy_import_module("affix_stack.r2py"), dy_import_module("affix_exceptions.r2py")
try:
    stacks.AffixStack("(")
except errors.AffixConfigError as why:
    print(why)
print(stacks.parse_affix_string("(A,1,(B))(C)"))
"""
    )
    assert told == "1 closing parentheses are missing: '('\n('A', ['1', '(B)'], '(C)')\n"
