"""The numbers of errors, as Linux has them: `OSError.errno` of what `socket` and other modules raise.

`errorcode` tells the name of a number.

Missing: the numbers of errors that nothing in a vessel can have, such as those of streams, keys and other devices.
"""

_TABLE = """
EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV
ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK
ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP 71 EPROTO 74 EBADMSG EOVERFLOW 84 EILSEQ 88 ENOTSOCK EDESTADDRREQ EMSGSIZE
EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL
ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT
ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE 122 EDQUOT 125 ECANCELED
"""


def _read(table):
    """The name of each number: one more than that of the name before, where none stands before it."""
    names, number = {}, 1
    for word in table.split():
        if word.isdecimal():
            number = int(word)
        else:
            names[number] = word
            number += 1
    return names


errorcode = _read(_TABLE)
for _number, _name in errorcode.items():
    _context[_name] = _number
EWOULDBLOCK, EDEADLOCK, ENOTSUP = _context["EAGAIN"], _context["EDEADLK"], _context["EOPNOTSUPP"]
