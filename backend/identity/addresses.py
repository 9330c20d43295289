"""Which addresses stand for one household, and which for the subscribers of a carrier."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network


class Crowds:
    """The networks of carriers that put thousands of phones behind one address."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(network) for network in networks]
        self.hold = lru_cache(maxsize=8192)(self._hold)

    def _hold(self, caller: str) -> bool:
        """Tell whether a caller's address, or its /64, lies in one of them."""
        try:
            address = ip_address(caller.partition("/")[0])
        except ValueError:
            return False
        return any(address in network for network in self._networks)
