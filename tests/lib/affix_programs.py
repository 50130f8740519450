"""What programs that test Affix begin with: a network of their own on this computer, and two sides that talk."""

HERE = '''
def address():
    """One of this computer's, at which nobody else's ports are."""
    return "127." + ".".join(str(byte % 250 + 1) for byte in randombytes()[:3])


HERE, ELSEWHERE = address(), address()
announced = {}


def announce(key, value, seconds):
    announced.setdefault(key, []).append(value)


def look_up(key):
    return list(announced.get(key, []))


def network(**calls):
    return affix.Network(
        **{"getmyip": lambda: HERE, "advertise_announce": announce, "advertise_lookup": look_up, **calls}
    )


def until(call, *arguments):
    """The result of a call of the kind that does not wait, as soon as there is one."""
    end = getruntime() + 10
    while getruntime() < end:
        try:
            return call(*arguments)
        except SocketWouldBlockError:
            sleep(0.002)
    raise TimeoutError(f"nothing came of {arguments}")


def receive(connection, count):
    data = b""
    while len(data) < count:
        data += until(connection.recv, count - len(data))
    return data


def send(connection, data):
    while data:
        data = data[until(connection.send, data) :]
'''

PAIR = (
    "import affix\n"
    + HERE
    + '''

def pair(opening, accepting, port=63100):
    """The two ends of a connection, through a stack each (texts)."""
    listener = affix.AffixStack(accepting, network()).listenforconnection(HERE, port)
    one = affix.AffixStack(opening, network()).openconnection(HERE, port, HERE, port + 50, 5)
    ip, _, other = until(listener.getconnection)
    assert ip == HERE
    listener.close()
    return one, other


def datagrams(sending, receiving):
    """A function that sends a datagram, and one that takes one, through a stack each (texts)."""
    listener = affix.AffixStack(receiving, network()).listenformessage(HERE, 63100)
    sender = affix.AffixStack(sending, network())
    return lambda data: sender.sendmessage(HERE, 63100, data, HERE, 63101), listener.getmessage
'''
)
