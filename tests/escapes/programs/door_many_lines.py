# A line for every thread that there may be, and none of the threads.
from seattle.repy.guest import channel

lines = []
try:
    while len(lines) < 5000:
        lines.append(channel.mine().ask_for_channel())
    print("LEAKED:", len(lines), "lines")
except ResourceExhaustedError:
    print("refused: line", len(lines))
