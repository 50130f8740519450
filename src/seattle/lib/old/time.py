"""The time of servers, by the reference's names; see `time_interface`. `import time` is Python's."""

import ntp_time
import tcp_time
from time_interface import (
    TimeError,
    time_gettime,
    time_getunixtime,
    time_register_method,
    time_settime,
    time_updatetime,
)

__all__ = [
    "TimeError",
    "ntp_time",
    "tcp_time",
    "time_gettime",
    "time_getunixtime",
    "time_register_method",
    "time_settime",
    "time_updatetime",
]
