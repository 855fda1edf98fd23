"""Network options as they stand in a form, before they are known to be usable."""

from __future__ import annotations

import msgspec

from console.i18n import tr
from console.model.errors import ProfileError
from console.model.network import ENVIRONMENT, NO_PROXY, NetworkOptions

OWN_PROXY = "own"


class NetworkDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What is typed and chosen.

    Attributes:
        ca_file: Authorities trusted besides the system's.
        client_cert: Certificate shown to a gateway that asks.
        client_key: Its key.
        admin_client_cert: Show it to an admin address of another origin too.
        proxy: `environment`, `none`, or `own` for the one in `proxy_url`.
        proxy_url: The proxy of this gateway alone.
        allow_plain_http: Talk http beyond this machine.
    """

    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    admin_client_cert: bool = False
    proxy: str = ENVIRONMENT
    proxy_url: str = ""
    allow_plain_http: bool = False

    def __repr__(self) -> str:
        """Without the proxy's password."""
        return f"NetworkDraft(proxy={self.proxy!r})"

    @classmethod
    def of(cls, options: NetworkOptions) -> NetworkDraft:
        """The draft that gives these options."""
        own = options.proxy not in (ENVIRONMENT, NO_PROXY)
        return cls(
            ca_file=options.ca_file,
            client_cert=options.client_cert,
            client_key=options.client_key,
            admin_client_cert=options.admin_client_cert,
            proxy=OWN_PROXY if own else options.proxy,
            proxy_url=options.proxy if own else "",
            allow_plain_http=options.allow_plain_http,
        )

    def options(self) -> NetworkOptions:
        """The options.

        Raises:
            ProfileError: They can't work together.
        """
        if self.proxy == OWN_PROXY and not self.proxy_url.strip():
            raise ProfileError(tr("type the address of the proxy, such as http://proxy.example:3128"))
        return NetworkOptions(
            ca_file=self.ca_file.strip(),
            client_cert=self.client_cert.strip(),
            client_key=self.client_key.strip(),
            admin_client_cert=self.admin_client_cert,
            proxy=self.proxy_url.strip() if self.proxy == OWN_PROXY else self.proxy,
            allow_plain_http=self.allow_plain_http,
        )

    @property
    def is_default(self) -> bool:
        """Nothing of it was chosen."""
        return self == NetworkDraft()
