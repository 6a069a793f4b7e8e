"""The text of Mosquitto's configuration."""

from geoportal.broker.place import HOST, Place
from ingest.mqtt.topics import MOUNT

SAVED_SECONDS = 10
"""Messages of the last seconds are lost when the broker is killed; publishers resend what was not confirmed."""
IN_FLIGHT = 50_000
"""Messages that the listener may have unacknowledged: two batches and a half, which bounds its memory too."""
IN_FLIGHT_BYTES = 200_000_000
QUEUED = 1_000_000
"""Messages that wait for the listener while it, or the database, is away: at 500 bytes each, half a gigabyte."""
MOST_BYTES = 262_144
"""A longer message is dropped by the broker; the listener rejects shorter ones with a reason."""

TEXT = """\
# Made by manage.py run_broker at each start.
per_listener_settings true
user {user}
persistence true
persistence_location {data}/
autosave_interval {saved}
log_dest stderr
log_type error
log_type warning
log_type notice
log_type subscribe
connection_messages true
sys_interval 0
max_inflight_messages {in_flight}
max_inflight_bytes {in_flight_bytes}
max_queued_messages {queued}
max_queued_bytes 500000000
message_size_limit {most_bytes}
persistent_client_expiration 14d

# Clients read here what was stored.
listener {read} {host}
max_connections 2000
allow_anonymous true
password_file {passwords}
acl_file {rights}
"""
WRITING = """
# Devices publish here.
listener {write} {host}
mount_point {mount}
max_connections 2000
allow_anonymous false
password_file {passwords}
acl_file {rights}
"""


def configuration(place: Place, ports: tuple[int, int], *, writing: bool = True) -> str:
    """The configuration of the broker in a place; `writing`: devices may publish."""
    write, read = ports
    return (TEXT + WRITING * writing).format(
        user=place.owner(),
        data=place.data,
        saved=SAVED_SECONDS,
        in_flight=IN_FLIGHT,
        in_flight_bytes=IN_FLIGHT_BYTES,
        queued=QUEUED,
        most_bytes=MOST_BYTES,
        write=write,
        read=read,
        host=HOST,
        mount=MOUNT,
        passwords=place.passwords,
        rights=place.rights,
    )
