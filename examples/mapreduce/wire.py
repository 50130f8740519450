"""What primary and workers say to each other: JSON, framed by the library's `session`."""

import json
import zlib

import session

HEARTBEAT = 0.5  # seconds between two signs of life of a worker
DEAD_AFTER = 3.0  # seconds without any


def say(connection, *message):
    session.send_message(connection, json.dumps(message))


def hear(connection):
    """The next message, a list. Raises session.SessionEOF when the other side has gone."""
    return json.loads(session.receive_message(connection))


def partition_of(key, count):
    """Which of so many partitions a key is in: the same on every computer, which Python's own hash is not."""
    return zlib.crc32(key.encode()) % count
