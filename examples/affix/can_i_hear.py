"""Can others connect to this vessel? `seattle run can_i_hear.py` says so for each.

Somebody has to try: `seattle run --detach can_i_hear.py server --on NODE/VESSEL` in a vessel that is elsewhere.
Arguments: [PORT], or server [PORT].
"""

import canihear

canihear.main(callargs)
