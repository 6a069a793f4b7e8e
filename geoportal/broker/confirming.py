"""Confirmations: who sends `parameters.message_id` learns what became of the message, after the commit."""

import json

from geoportal.broker.rights import confirmed_users
from geoportal.broker.topics import confirmation_topic
from ingest.mqtt.storing import Outcome


def confirmations(outcome: Outcome) -> list[tuple[str, bytes]]:
    """Topics and payloads of the confirmations that a message asked for.

    Its sender is known below `devices/USER/`. Else they go to the devices whose tokens name the datastream.
    """
    read = outcome.read
    if read.message_id is None:
        return []
    answer = {"message_id": read.message_id, "outcome": outcome.outcome}
    if outcome.reason:
        answer |= {"reason": outcome.reason, "message": outcome.text}
    users = [read.user] if read.user else confirmed_users(read.key) if read.key else []
    payload = json.dumps(answer, ensure_ascii=False).encode()
    return [(confirmation_topic(user), payload) for user in users]
