"""Confirmations: who sends `parameters.message_id` learns what became of the message, after the commit."""

import json
import time

from geoportal.broker.rights import Sender, senders
from geoportal.broker.topics import confirmation_topic
from ingest.mqtt.messages import REMEMBERED_SECONDS
from ingest.mqtt.storing import Outcome
from layers.observations.models import Datastream


class Confirmations:
    """The confirmations of messages; who may have sent them is used for REMEMBERED_SECONDS as it was read."""

    def __init__(self) -> None:
        self._senders: list[Sender] = []
        self._users: dict[int | None, list[str]] = {}
        self._since = float("-inf")

    def __call__(self, outcome: Outcome) -> list[tuple[str, bytes]]:
        """Topics and payloads of the confirmations that a message asked for.

        Its sender is known below `devices/USER/`. Else they go to everybody who may have sent it, with the message's
        topic, by which each recognizes its own ones.
        """
        read = outcome.read
        if read.message_id is None:
            return []
        answer = {"message_id": read.message_id, "outcome": outcome.outcome, "topic": read.message.topic}
        if outcome.reason:
            answer |= {"reason": outcome.reason, "message": outcome.text}
        payload = json.dumps(answer).encode()  # in ASCII: a message_id may be half of a surrogate pair
        users = [read.user] if read.user else self._possible(read.key)
        return [(confirmation_topic(user), payload) for user in users]

    def _possible(self, datastream: int | None) -> list[str]:
        """The users that may have published an observation of a datastream, None where the message names none."""
        if time.monotonic() - self._since > REMEMBERED_SECONDS:
            self._senders, self._users, self._since = senders(), {}, time.monotonic()
        if datastream not in self._users:
            stored = Datastream.objects.filter(pk=datastream or 0).values_list("thing__kind", flat=True).first()
            self._users[datastream] = [one.user for one in self._senders if one.may_send(datastream, stored)]
        return self._users[datastream]
