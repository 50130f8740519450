"""What programs hand to sockets, checked as the API checks it."""


def octets(message):
    """The bytes of a message: text is UTF-8. Raises RepyArgumentError for what is neither bytes nor text."""
    if isinstance(message, str):
        return message.encode()
    if not isinstance(message, (bytes, bytearray)):
        raise RepyArgumentError(f"a message is bytes or text, not {type(message).__name__}")
    return bytes(message)


def checked_count(numbytes):
    """How many bytes are wanted. Raises RepyArgumentError unless it is an int of 1 or more."""
    if type(numbytes) is not int or numbytes < 1:
        raise RepyArgumentError(f"numbytes is an int of 1 or more, not {numbytes!r}")
    return numbytes
