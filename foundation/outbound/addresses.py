"""Which hosts belong to the public Internet: nothing else is ever connected to.

`ipaddress.is_global` alone is not this rule: it takes multicast, the 6to4 relay, NAT64 and 192.0.0.192
for global. Our list is the IANA special-purpose registries (RFC 6890) and what clouds answer on.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_NOT_PUBLIC_4 = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers' customers (RFC 6598); a cloud's metadata stands in it
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's agent, in the midst of public addresses
        "169.254.0.0/16",  # link-local: where most clouds' metadata stands
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; another cloud's metadata stands in it
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Everything public is in here: loopback, mapped IPv4, NAT64, unique-local, link-local and multicast are not.
_UNICAST_6 = ip_network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",
    )
)

# Names that mean something on one network alone (RFC 6761, RFC 6762, and ICANN's for private use).
_LOCAL_NAMES = (".localhost", ".local", ".internal")


def may_be_public(host: str) -> bool:
    """Whether a host is a public address, or a name that could have one; its addresses are still to check."""
    try:
        return is_public(ip_address(host))
    except ValueError:
        return "." in host and not host.endswith(_LOCAL_NAMES)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one that anybody on the Internet could reach.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, NAT64, Teredo) is not, whichever it carries.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)
