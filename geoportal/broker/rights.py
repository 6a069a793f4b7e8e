"""Who may publish and read which topics: Mosquitto's password and rights files, from tokens and levels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.timezone import now

from geoportal.accounts.tokens import ApiToken, broker_hash
from geoportal.accounts.visitors import Visitor, of_account, of_token
from geoportal.broker.place import PORTAL, Place
from geoportal.broker.topics import PREFIXES
from ingest.mqtt.mapping import DeviceTopic, stored_keys
from ingest.mqtt.topics import DEVICES, MOUNT
from layers.access.rules import ANONYMOUS, Access, may_see
from layers.kinds import KINDS
from layers.observations.models import Datastream
from layers.observations.selection import visible_streams


@dataclass(frozen=True, slots=True)
class Rights:
    """The texts of the two files."""

    passwords: str
    topics: str


def rights(place: Place, topics: Sequence[DeviceTopic]) -> Rights:
    """The rights of now; `topics` are devices' own ones, from the mapping table."""
    holders = {token: of_token(token) for token in _tokens()}
    ended = _ended({key for token in holders for key in token.datastreams or ()})
    keys = stored_keys(code for one in topics for code in one.codes)
    passwords = [f"{PORTAL}:{_portal_hash(place)}"]
    passwords += [f"{token.broker_user}:{token.broker_hash}" for token in holders]
    lines = [*_reads(ANONYMOUS), f"user {PORTAL}", f"topic read {MOUNT}#"]
    lines += [f"topic write {prefix}v1.1/#" for prefix in PREFIXES.values()]
    for token, visitor in holders.items():
        lines.append(f"user {token.broker_user}")
        lines += _reads(visitor.access)
        writes = list(_writes(token, visitor, topics, keys, ended))
        if writes:
            lines += [*writes, f"topic read v1.1/confirmed/{token.broker_user}"]
    return Rights("".join(f"{one}\n" for one in passwords), "".join(f"{one}\n" for one in lines))


def may_write(user: str, datastream: int) -> bool:
    """Whether the broker's user may add observations to a datastream. Read from the database each time."""
    token = next((one for one in _tokens(user) if one.broker_user == user), None)
    if token is None or not of_token(token).may_add_to(datastream):
        return False
    return visible_streams(of_account(token.user).access).filter(pk=datastream).exists()


@dataclass(frozen=True, slots=True)
class Sender:
    """A user that may publish outside `devices/`. `datastreams` are those of a device's token; None for a manager of
    sensors, whose rights `access` are."""

    user: str
    datastreams: frozenset[int] | None
    access: Access

    def may_send(self, datastream: int | None, kind: str | None) -> bool:
        """Whether it may have sent an observation of a datastream, of the layer `kind`; None where none is stored."""
        if self.datastreams is not None:
            return datastream in self.datastreams
        return kind is None or (kind in KINDS and may_see(self.access, KINDS[kind]))


def senders() -> list[Sender]:
    """The users that may publish now."""
    found = []
    for token in _tokens():
        limit = None if token.datastreams is None else frozenset(token.datastreams)
        if limit is not None or of_token(token).can("sensors"):
            found.append(Sender(token.broker_user, limit, of_account(token.user).access))
    return found


def _tokens(user: str = "") -> Iterator[ApiToken]:
    found = ApiToken.objects.filter(revoked_at=None, expires_at__gt=now(), user__is_active=True).exclude(
        broker_hash=""
    )
    if user:
        number = user.removeprefix("token-")
        found = found.filter(pk=int(number) if number.isascii() and number.isdecimal() else 0)
    yield from found.select_related("user").order_by("pk")


def _reads(access: Access) -> Iterator[str]:
    """The topics of stored observations of all levels that these rights include.

    Not `v1.1/#`: confirmations are published there too.
    """
    for level, prefix in PREFIXES.items():
        if access.reaches(level):
            yield f"topic read {prefix}v1.1/+"
            yield f"topic read {prefix}v1.1/+/Observations"


def _writes(
    token: ApiToken,
    visitor: Visitor,
    topics: Sequence[DeviceTopic],
    keys: Mapping[str, int],
    ended: frozenset[int],
) -> Iterator[str]:
    own = f"topic write {MOUNT}{DEVICES}/{token.broker_user}/#"
    if visitor.limited_streams is not None:
        limit = visitor.limited_streams
        named = limit | (
            ended & frozenset(token.datastreams or ()) if of_account(token.user).can("sensors") else set()
        )
        for key in sorted(named):
            yield f"topic write {MOUNT}v1.1/Datastreams({key})/Observations"
        yield from (f"topic write {MOUNT}{one.topic}" for one in topics if _within(one, keys, limit))
        if named:
            yield own
    elif visitor.can("sensors"):
        for key in _beyond(of_account(token.user).access):
            yield f"topic deny {MOUNT}v1.1/Datastreams({key})/Observations"
        yield f"topic write {MOUNT}v1.1/Observations"
        yield f"topic write {MOUNT}v1.1/+/Observations"
        yield from (f"topic write {MOUNT}{one.topic}" for one in topics)
        yield own


def _ended(keys: Iterable[int]) -> frozenset[int]:
    """Those of the datastreams that were ended. Devices go on publishing to them, so that the listener rejects what
    comes with a reason; the broker would drop it without one."""
    gone = Q(ended_by__isnull=False) | Q(thing__ended_by__isnull=False)
    return frozenset(Datastream.objects.filter(gone, pk__in=keys).values_list("pk", flat=True))


def _within(topic: DeviceTopic, keys: Mapping[str, int], limit: frozenset[int]) -> bool:
    """Whether all datastreams of a device's own topic are among these."""
    return all(keys.get(code) in limit for code in topic.codes)


def _beyond(access: Access) -> list[int]:
    """Datastreams that these rights do not include."""
    seen = visible_streams(access).values("pk")
    return list(
        Datastream.objects.filter(ended_by=None).exclude(pk__in=seen).order_by("pk").values_list("pk", flat=True)
    )


_portal_hashes: dict[str, str] = {}


def _portal_hash(place: Place) -> str:
    """The hash of the portal's own password, the same each time within a process: a new salt would be a change."""
    secret = place.secret("portal-password")
    return _portal_hashes.setdefault(secret, broker_hash(secret))
