"""Confirmations: who sends `parameters.message_id` learns what became of the message, after the commit."""

import json
import time

from cachetools import TTLCache

from geoportal.broker.rights import possible_senders
from geoportal.broker.topics import confirmation_topic
from ingest.mqtt.messages import REMEMBERED_SECONDS
from ingest.mqtt.storing import Outcome

MOST_REMEMBERED = 10_000


class Confirmations:
    """The confirmations of messages; who may have sent them is used for REMEMBERED_SECONDS as it was read."""

    def __init__(self) -> None:
        self._senders: TTLCache[int | None, list[str]] = TTLCache(MOST_REMEMBERED, REMEMBERED_SECONDS, time.monotonic)

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
        users = [read.user] if read.user else self._senders_of(read.key)
        return [(confirmation_topic(user), payload) for user in users]

    def _senders_of(self, key: int | None) -> list[str]:
        if key not in self._senders:
            self._senders[key] = possible_senders(key)
        return self._senders[key]
