"""Where a request comes from: this machine, a page of our own address, or another site's page.

Where no key is asked for, any page that a person opens could have their browser ask, which says so
in `Origin`. Pure; called by `perspective` and `server`.
"""

from ipaddress import ip_address

from yarl import URL


def is_loopback(host: str) -> bool:
    """Say whether a name or address leads to nothing but this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def leads_here_alone(address: str) -> bool:
    """Say the same of a URL."""
    try:
        return is_loopback(URL(address).host or "")
    except ValueError:
        return False


def is_own_page(origin: str, asked_at: str, public_url: str | None) -> bool:
    """Say whether a page of this server's own address asks.

    `asked_at` is what the client takes our address to be, believed if it leads to this machine
    alone: any other name can be made to.
    """
    if public_url is not None and _same(origin, public_url):
        return True
    return leads_here_alone(asked_at) and _same(origin, asked_at)


def _same(origin: str, address: str) -> bool:
    try:
        return URL(origin).origin() == URL(address).origin()
    except ValueError:
        return False
