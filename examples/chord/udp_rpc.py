"""Calls between programs over UDP: a question is asked again until it is answered, and is worked on once.

What can be asked is what JSON can say, in one datagram.
"""

import json
import secrets
from contextlib import suppress

PATIENCE = 0.4  # seconds for an answer
TRIES = 3  # of one question
LOOK_AGAIN = 0.002  # seconds between two looks at a socket that has nothing yet
MOST_ANSWERS = 500  # that are kept, for questions that come again


class CallError(Exception):
    """A question had no answer, or a refusal for one."""


class UdpRpc:
    """A port at which questions are asked and answered. Close it, or the program does not end."""

    def __init__(self, place, answer):
        self.place = place
        self._answer = answer  # (method, arguments) -> value; runs in a thread of its own
        self._answers = {}  # number of a question -> [whether it went well, value]
        self._answered = {}  # (place, number) -> the packet that answered it, the latest last
        self._lock = createlock()
        self._socket = listenformessage(*place)
        createthread(self._serve)

    def ask(self, place, method, *arguments):
        """The answer of another node. Raises CallError if there is none, or it is an error."""
        number = secrets.token_hex(8)
        packet = json.dumps(["ask", number, method, arguments])
        for _ in range(TRIES):
            with suppress(NetworkError, DonorPolicyError):
                sendmessage(*place, packet, *self.place)
            ends = getruntime() + PATIENCE
            while getruntime() < ends:
                if number in self._answers:
                    went_well, value = self._answers.pop(number)
                    if not went_well:
                        raise CallError(value)
                    return value
                sleep(LOOK_AGAIN)
        raise CallError(f"{place[0]}:{place[1]} does not answer")

    def close(self):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                ip, port, packet = self._socket.getmessage()
            except SocketWouldBlockError:
                sleep(LOOK_AGAIN)
            except SocketClosedLocal:
                return
            else:
                with suppress(ValueError, RecursionError):  # anybody can send us anything
                    self._take((ip, port), json.loads(packet))

    def _take(self, place, message):
        match message:
            case ["answer", str(number), bool(went_well), value]:
                self._answers[number] = [went_well, value]
                for old in list(self._answers)[:-100]:  # of questions that were given up
                    self._answers.pop(old, None)
            case ["ask", str(number), str(method), list(arguments)]:
                with self._lock:
                    known = (place, number) in self._answered
                    packet = self._answered.setdefault((place, number), None)
                    for old in list(self._answered)[:-MOST_ANSWERS]:
                        del self._answered[old]
                if not known:
                    self._begin(place, number, method, arguments)
                elif packet is not None:
                    self._send(place, packet)

    def _begin(self, place, number, method, arguments):
        """Work on a question; where there is no thread for it, it will be asked again."""
        try:
            createthread(lambda: self._work(place, number, method, arguments))
        except ResourceExhaustedError:
            with self._lock:
                self._answered.pop((place, number), None)

    def _work(self, place, number, method, arguments):
        try:
            packet = json.dumps(["answer", number, True, self._answer(method, arguments)])
        except (CallError, KeyError, TypeError, ValueError) as why:
            packet = json.dumps(["answer", number, False, str(why)])
        with self._lock:
            self._answered[place, number] = packet
        self._send(place, packet)

    def _send(self, place, packet):
        with suppress(NetworkError, DonorPolicyError):
            sendmessage(*place, packet, *self.place)


def ask(place, method, *arguments):
    """Ask once, from our own lowest port that is free. Raises CallError."""
    limits, _usage, _stops = getresources()
    for port in sorted(limits["messport"]):
        try:
            rpc = UdpRpc((getmyip(), port), refuse)
        except AlreadyListeningError:
            continue
        try:
            return rpc.ask(place, method, *arguments)
        finally:
            rpc.close()
    raise CallError("all ports of this vessel are taken")


def refuse(_method, _arguments):
    raise CallError("nothing is answered here")
