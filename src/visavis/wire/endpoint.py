"""Services that speak OpenAI's protocol, local or far, as the environment names them.

Only an address in the environment opens one: nothing leaves the machine because a key of another program lies around.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from visavis.core.errors import VisavisError

TIMEOUT_S = 10.0
_LONGEST_TOLD = 200
_OPENAI = "api.openai.com"


@dataclass(frozen=True)
class Service:
    """A kind of endpoint: how its variables in the environment begin, what follows its base address, an example."""

    prefix: str
    path: str
    example: str
    schemes: tuple[str, ...] = ("http", "https")

    @property
    def url_name(self) -> str:
        """The variable that holds its address."""
        return f"{self.prefix}_URL"

    @property
    def model_name(self) -> str:
        """The variable that holds its model."""
        return f"{self.prefix}_MODEL"

    @property
    def key_name(self) -> str:
        """The variable that holds its key."""
        return f"{self.prefix}_KEY"


@dataclass(frozen=True)
class Endpoint:
    """An endpoint: the address of its API, the model, the key (not shown), and how long it may take to answer [s].

    Raises `VisavisError` for an address that is none, and for a key that cannot be sent.
    """

    service: Service
    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout_s: float = TIMEOUT_S

    def __post_init__(self) -> None:
        name = self.service.url_name
        try:
            parts = urlsplit(self.url)
            possible = parts.scheme in self.service.schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            possible = False
        if not possible:
            raise VisavisError(f"{name} cannot be {self.url!r}; give an address such as {self.service.example}")
        if parts.username or parts.password:
            raise VisavisError(f"{name} holds a name or password; leave it out, and set {self.service.key_name}")
        if self.key is not None and not (self.key.isascii() and self.key.isprintable() and " " not in self.key):
            raise VisavisError(f"{self.service.key_name} has letters that no key has, such as spaces; set it anew")

    @property
    def address(self) -> str:
        """Where requests go."""
        parts = urlsplit(self.url)
        base = parts.path.rstrip("/")
        path = base if base.endswith(self.service.path) else base + self.service.path
        return parts._replace(path=path, fragment="").geturl()

    @property
    def shown(self) -> str:
        """The address as messages name it: without a query, which may hold secrets."""
        return urlsplit(self.address)._replace(query="").geturl()

    @property
    def headers(self) -> dict[str, str]:
        """What lets requests in."""
        return {} if self.key is None else {"Authorization": f"Bearer {self.key}"}

    def cleaned(self, text: str) -> str:
        """What the endpoint itself says, fit for a message: one line, not long, without the key."""
        if self.key is not None:
            text = text.replace(self.key, "***")
        plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        return plain if len(plain) <= _LONGEST_TOLD else plain[: _LONGEST_TOLD - 2] + " …"


def configured(service: Service, environment: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> Endpoint | None:
    """The endpoint that the environment names, None where it names none; raises `VisavisError` for half of one.

    Where the address is OpenAI's and no key is set, `OPENAI_API_KEY` is taken.
    """
    url, model = (environment.get(name, "").strip() for name in (service.url_name, service.model_name))
    if not url:
        return None
    if not model:
        raise VisavisError(
            f"{service.url_name} is set and {service.model_name} is not; set it to the model's name, "
            f"or unset {service.url_name}"
        )
    key = environment.get(service.key_name, "").strip() or None
    endpoint = Endpoint(service, url, model, key, timeout_s)
    if key is None and urlsplit(url).hostname == _OPENAI and urlsplit(url).scheme in ("https", "wss"):
        return Endpoint(service, url, model, environment.get("OPENAI_API_KEY", "").strip() or None, timeout_s)
    return endpoint
