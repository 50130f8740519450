# The sandbox's own modules are loaded in this very process.
from seattle.repy.guest import channel

print(channel.mine())
