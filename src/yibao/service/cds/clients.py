"""Hospital systems that call the reminder services: registered with their public keys, and known by a signed token.

CDS Hooks 2.0, "Trusting CDS Clients": every call carries a JWT signed by the client; symmetric algorithms and ``none``
are refused, the audience is the exact address called, and a token counts once.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import jwt
from fastapi import Request
from sqlalchemy import Connection, delete, insert, select

from yibao.errors import UsageError
from yibao.registry import Registry
from yibao.registry.clock import CHINA
from yibao.service.access.once import first_use
from yibao.service.access.scope import Caller, caller_of, unauthenticated
from yibao.service.access.trail import record
from yibao.service.state import Service
from yibao.service.tables import CDS_CLIENT

log = logging.getLogger("yibao.service.cds")
ALGORITHMS = ("ES384", "ES256", "RS384", "RS256", "PS384", "EdDSA")
REQUIRED = ("iss", "aud", "exp", "iat", "jti")
#: The longest life of a token, and how far two clocks may be apart.
LIFE, LEEWAY = timedelta(minutes=5), timedelta(seconds=30)
#: A key set that a client publishes is read anew after so many seconds, and at once for a key that is not in it, but
#: not more often than every few seconds: a stranger must not make us ask all day.
FRESH, PAUSE = 300.0, 10.0
Fetch = Callable[[str], Mapping[str, Any]]


def register(
    registry: Registry, issuer: str, actor_id: str, institution_id: str, keys: Mapping[str, Any], by: str,
    jku: str | None = None, fhir_server: str | None = None,
) -> None:  # fmt: skip
    """Make a client known, or change it: a key set with the old and the new key is how keys are rotated."""
    private = {"d", "p", "q", "k"}
    for key in keys.get("keys", []):
        if private & set(key) or "kid" not in key:
            raise UsageError(
                "the key set must hold public keys with a `kid` each", mend="take the private parts out",
                zh="密钥集只能含公钥，且每个须有 kid", mend_zh="请去掉私钥部分",
            )  # fmt: skip
    now = registry.clock()
    row = {
        "issuer": issuer, "actor_id": actor_id, "institution_id": institution_id, "keys": json.dumps(dict(keys)),
        "jku": jku, "fhir_server": fhir_server, "changed_at": now,
    }  # fmt: skip
    with registry.engine.begin() as connection:
        connection.execute(delete(CDS_CLIENT).where(CDS_CLIENT.c.issuer == issuer))
        connection.execute(insert(CDS_CLIENT), row)
        record(connection, now, by, "service.cds_client", f"client:{issuer}", institution_id=institution_id,
               kids=[key["kid"] for key in keys.get("keys", [])],
               changed=((CDS_CLIENT, {"issuer": issuer}),))  # fmt: skip


class KeySets:
    """Key sets published by clients at their registered address (``jku``), read seldom."""

    def __init__(self, fetch: Fetch | None = None) -> None:
        self._fetch = fetch or _fetched
        self._sets: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._lock = threading.Lock()

    def key(self, jku: str, kid: str) -> Mapping[str, Any] | None:
        """The key with this number; None when there is none, or the address cannot be read."""
        with self._lock:
            at, keys = self._sets.get(jku, (float("-inf"), {}))
            found, age = find_key(keys, kid), time.monotonic() - at
            if age > FRESH or (found is None and age > PAUSE):
                try:
                    keys = self._fetch(jku)
                except (OSError, ValueError) as error:
                    log.warning("a key set cannot be read", extra={"said": {"error": type(error).__name__}})
                self._sets[jku] = (time.monotonic(), keys)
                found = find_key(keys, kid)
            return found


def find_key(keys: Mapping[str, Any], kid: str) -> Mapping[str, Any] | None:
    """The key of a set with this number."""
    return next((key for key in keys.get("keys", []) if key.get("kid") == kid), None)


def identify_client(request: Request, sets: KeySets) -> tuple[Caller, Mapping[str, Any]]:
    """The caller behind a signed call, and the client's row. Raises :class:`Problem` 401 for whatever is wrong."""
    service: Service = request.app.state.service
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated()
    now = service.registry.clock()
    try:
        head = jwt.get_unverified_header(token)
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except (jwt.InvalidTokenError, ValueError):
        raise unauthenticated() from None
    with service.registry.engine.begin() as connection:
        client = _client(connection, issuer)
        if client is None or not _verified(service, request, token, head, client, sets, connection):
            raise unauthenticated()
        return caller_of(connection, client["actor_id"], now, "client"), client


def _client(connection: Connection, issuer: Any) -> Mapping[str, Any] | None:
    if not isinstance(issuer, str):
        return None
    row = connection.execute(select(CDS_CLIENT).where(CDS_CLIENT.c.issuer == issuer)).mappings().one_or_none()
    return None if row is None else dict(row)


def _verified(
    service: Service, request: Request, token: str, head: Mapping[str, Any], client: Mapping[str, Any],
    sets: KeySets, connection: Connection,
) -> bool:  # fmt: skip
    """Algorithm, key, signature, audience, life, and that the token was not seen before."""
    kid, jku = head.get("kid"), head.get("jku")
    if head.get("alg") not in ALGORITHMS or not isinstance(kid, str) or head.get("typ", "JWT") != "JWT":
        return False
    if jku is not None and jku != client["jku"]:
        return False
    key = find_key(json.loads(client["keys"]), kid)
    if key is None and client["jku"]:
        key = sets.key(client["jku"], kid)
    if key is None:
        return False
    audience = service.settings.base_url + request.url.path
    # The clock is the registry's; the library would take the machine's.
    options: Any = {"require": list(REQUIRED), "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        said = jwt.decode(token, jwt.PyJWK(dict(key)).key, [head["alg"]], options=options, audience=audience)
        issued, ends = float(said["iat"]), float(said["exp"])
    except (jwt.InvalidTokenError, jwt.PyJWKError, ValueError, TypeError):
        return False
    local = service.registry.clock()
    now, leeway = local.replace(tzinfo=CHINA).timestamp(), LEEWAY.total_seconds()
    if not (issued - leeway <= now < ends + leeway) or ends - issued > LIFE.total_seconds():
        return False
    number = f"jwt:{client['issuer']}:{said['jti']}"
    return first_use(connection, number[:300], local + LIFE + 2 * LEEWAY, local)


def _fetched(address: str) -> Mapping[str, Any]:
    """A key set from its registered address, over TLS."""
    if not address.startswith("https://"):
        raise ValueError("key sets are read over https only")
    with urllib.request.urlopen(address, timeout=2) as response:
        found = json.loads(response.read(100_000))
    if not isinstance(found, dict):
        raise ValueError("no key set")
    return found
