"""Whom a server lets in and what browsers may do with its pages: tokens, origins, headers, and files of one folder."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from visavis.core.errors import VisavisError
from visavis.wire.server.settings import ServerSettings, is_loopback

_POLICY = (
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob: mediastream:",
    "worker-src 'self' blob:",
    "connect-src 'self' blob: data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "; ".join(_POLICY),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    }
)
"""Of every answer. Scripts come from the server alone; what a user drops on the page is read as blob: and data:."""

_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".mjs": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".json": "application/json",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".jpg": "image/jpeg",
        ".webp": "image/webp",
        ".ico": "image/x-icon",
        ".woff2": "font/woff2",
        ".wasm": "application/wasm",
        ".glb": "model/gltf-binary",
        ".wav": "audio/wav",
        ".bin": "application/octet-stream",
        ".tflite": "application/octet-stream",
        ".data": "application/octet-stream",
        ".txt": "text/plain; charset=utf-8",
        ".map": "application/json",
        ".webmanifest": "application/manifest+json",
    }
)
"""What is served, by its ending; told here because the machine's own table differs from one to the next."""


def with_token(settings: ServerSettings) -> str | None:
    """The token that addresses must say: the one that is set; a new one where others than this machine can reach the
    server; else None."""
    if settings.token is not None:
        if len(settings.token) < 8:
            raise VisavisError(f"a token of {len(settings.token)} letters is soon guessed; give 8 or more, or none")
        return settings.token
    return None if is_loopback(settings.host) else secrets.token_urlsafe(16)


def token_fits(asked: str | None, token: str | None) -> bool:
    """Whether an address says the token, where one is needed."""
    return token is None or (asked is not None and hmac.compare_digest(asked.encode(), token.encode()))


def host_fits(host: str | None, settings: ServerSettings) -> bool:
    """Whether a request names this server by an address of its own: a page elsewhere whose name was bent to this
    machine does not. A server that others reach has a token instead."""
    return not is_loopback(settings.host) or is_loopback(urlsplit(f"//{host or ''}").hostname or "")


def origin_fits(origin: str | None, host: str | None, settings: ServerSettings) -> bool:
    """Whether a page of an origin may connect: those that the server itself serves, and those that it was told. What is
    no browser sends none."""
    if origin is None or origin in settings.origins:
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and host is not None and parts.netloc.lower() == host.lower()


def file_within(folder: Path, path: str) -> Path | None:
    """A file of the folder, or of those within it, by the path of a URL; None for what is none, is of a kind that is
    not served, is hidden, or lies elsewhere, also by a link."""
    parts = path.strip("/").split("/") if path.strip("/") else ["index.html"]
    if any(not part or part.startswith(".") or "\\" in part or ":" in part or "\0" in part for part in parts):
        return None
    place = folder.joinpath(*parts)
    if place.suffix.lower() not in _TYPES or not place.is_file():
        return None
    return place if place.resolve().is_relative_to(folder.resolve()) else None


def type_of(path: Path) -> str:
    """The media type of a file that `file_within` gave."""
    return _TYPES[path.suffix.lower()]
