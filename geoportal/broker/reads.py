"""Reads of the emergency services' layers over MQTT, for the audit: one entry for each session and topic.

Mosquitto logs connections and subscriptions; this reads its log. Its rights file decides what a subscriber is sent,
so a subscription counts where its topic may be one of the services' and the token's rights include that level. A
persistent session that goes on after a connection was lost, or after a restart of the broker, is an entry too: its
client need not subscribe again.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from geoportal.accounts.audit import AuditEntry, record_action
from geoportal.accounts.tokens import ApiToken
from geoportal.accounts.visitors import Visitor, of_token
from geoportal.broker.topics import PREFIXES
from layers.access.rules import level_of
from layers.kinds import KINDS

GOES_ON = "#"
"""The topic of an entry where a session goes on, whose subscriptions are not in this log."""
MOST_WAITING = 100_000
"""Subscriptions that wait while the database is away."""
_STAMP = re.compile(r"^\d+: ")
_CONNECTED = re.compile(
    r"New client connected from \S+ as (?P<client>.*) \(p\d, c(?P<clean>\d), k\d+(?P<user>.*)\)\."
)
_USER = re.compile(r", u'token-(?P<key>\d{1,18})'")
_LEFT = ("New connection from ", "Client ")
MOST_LEFT = 10_000
"""Sessions that are remembered after their connection ended, as a client's id may look like another line."""
_SERVICES = PREFIXES["services"].rstrip("/")


@dataclass(slots=True)
class _Session:
    """A session of a token. A clean one ends with its connection."""

    token: int
    clean: bool
    topics: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Read:
    """A subscription of a token, given by its key, to a topic that may be one of the services'."""

    token: int
    client: str
    topic: str


class ReadLog:
    """Subscriptions in the broker's log; one thread takes lines, another records what was found.

    A client chooses its id, and so what a line looks like. Where a line may mean several things, it means them all:
    an entry too many is better than a read that is none.
    """

    def __init__(self) -> None:
        self._sessions: dict[str, _Session] = {}
        self._left: dict[str, None] = {}
        self._found: deque[Read] = deque(maxlen=MOST_WAITING)

    def take(self, line: str) -> bool:
        """Take a line of the log; returns whether it was about a client, and not about the broker."""
        text = _STAMP.sub("", line.rstrip("\n"))
        for client, topic in list(self._subscribed(text)):
            self._add(client, topic)
        if found := _CONNECTED.fullmatch(text):
            self._connected(found)
        elif text.startswith("Client "):
            for client in self._clients(text.removeprefix("Client ")):
                self._leave(client)
        return text.startswith(_LEFT) or found is not None or _is_subscription(text)

    def record(self) -> None:
        """Add the audit's entries of what was found since. Raises errors of the database; then they wait.

        A subscription whose token may not read the services' layers waits too: its account may be given that right.
        """
        visitors: dict[int, Visitor | None] = {}
        for _ in range(len(self._found)):
            read = self._found[0]
            if read.token not in visitors:
                visitors[read.token] = _visitor(read.token)
            recorded = _record(read, visitors[read.token])
            self._found.popleft()
            if not recorded and self._lasts(read):
                self._found.append(read)

    def _lasts(self, read: Read) -> bool:
        session = self._sessions.get(read.client)
        return session is not None and session.token == read.token and read.client not in self._left

    def _connected(self, found: re.Match[str]) -> None:
        client, clean = found["client"], found["clean"] == "1"
        user = _USER.fullmatch(found["user"])
        before = self._sessions.pop(client, None)
        self._left.pop(client, None)
        if user is None:
            return
        token = int(user["key"])
        self._sessions[client] = made = _Session(token, clean)
        if not clean:
            if before is not None and before.token == token:
                made.topics = before.topics
            else:
                self._add(client, GOES_ON)

    def _leave(self, client: str) -> None:
        if self._sessions[client].clean:
            self._left[client] = None
        if len(self._left) > MOST_LEFT:
            oldest = next(iter(self._left))
            del self._left[oldest], self._sessions[oldest]

    def _add(self, client: str, topic: str) -> None:
        session = self._sessions[client]
        if topic not in session.topics and may_be_of_services(topic):
            session.topics.add(topic)
            self._found.append(Read(session.token, client, topic))

    def _subscribed(self, text: str) -> Iterator[tuple[str, str]]:
        """The client and topic of `client qos topic`; several where spaces in them leave it open."""
        for found in re.finditer(r" [012] ", text):
            client = text[: found.start()]
            if client in self._sessions:
                yield client, text[found.end() :]

    def _clients(self, text: str) -> Iterable[str]:
        """The known clients with whose id a text may begin."""
        return [text[: at.start()] for at in re.finditer(r"[ .]", text) if text[: at.start()] in self._sessions]


def may_be_of_services(topic: str) -> bool:
    """Whether a subscription may be to topics of the services."""
    levels = topic.split("/")
    if levels[0] == "$share":
        levels = levels[2:]
    return bool(levels) and levels[0] in ("#", "+", _SERVICES)


def _is_subscription(text: str) -> bool:
    return re.search(r" [012] \S", text) is not None


def _visitor(token: int) -> Visitor | None:
    found = ApiToken.objects.select_related("user").filter(pk=token).first()
    return None if found is None else of_token(found)


def _record(read: Read, visitor: Visitor | None) -> bool:
    """Add the entries of a subscription; False where it reads nothing of the services now."""
    if visitor is None or not visitor.access.reaches("services"):
        return False
    for kind in KINDS.values():
        if kind.series and level_of(kind) == "services":
            record_action(visitor, AuditEntry.Action.READ, kind.slug, f"mqtt: {read.topic}", client=read.client[:200])
    return True
