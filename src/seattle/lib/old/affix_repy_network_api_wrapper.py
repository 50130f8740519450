"""The reference's `affix_repy_network_api_wrapper`: the bottom of a stack, which is the API."""

from affix import Network

RepyNetworkAPIWrapper = Network
